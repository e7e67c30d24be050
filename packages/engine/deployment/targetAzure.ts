import type { CloudName } from "@microservice-identities/well-known/clouds";

/**
 * The identity and the cloud of providers: the environment variables of Pulumi's azuread and azure-native providers. The local
 * Azure declares the same type again, because it is not allowed to import this folder. The compiler compares the two.
 */
export interface DeployerEnvironment {
  readonly ARM_METADATA_HOSTNAME: string;
  readonly ARM_TENANT_ID: string;
  readonly ARM_SUBSCRIPTION_ID: string;
  readonly ARM_CLIENT_ID: string;
  readonly ARM_CLIENT_SECRET: string;
  /** A token of an issuer that the identity trusts: replaces the secret at sign-in, as in a pipeline. */
  readonly ARM_OIDC_TOKEN?: string;
}

/** The target of a deployment. */
export interface TargetAzure {
  /** The address of Entra, Graph and Resource Manager: `https://localhost:{port}`. */
  readonly authority: string;
  /** The cloud, which determines the audiences of tokens. Default `public`. */
  readonly cloud?: CloudName;
  /** The certificate that its clients must trust, PEM. */
  readonly caCertificate: string;
  readonly deployer: DeployerEnvironment;
  /** Asks, at each sign-in, for a token of an issuer that the deployer trusts. Default: `ARM_OIDC_TOKEN`, or the secret without one. */
  readonly idToken?: () => Promise<string>;
}
