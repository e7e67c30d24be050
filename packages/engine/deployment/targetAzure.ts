/**
 * Whom providers sign in as, and where: the environment variables of Pulumi's azuread and azure-native providers. The local
 * Azure declares the same for itself, because it imports no other room; the compiler compares the two.
 */
export interface DeployerEnvironment {
  readonly ARM_METADATA_HOSTNAME: string;
  readonly ARM_TENANT_ID: string;
  readonly ARM_SUBSCRIPTION_ID: string;
  readonly ARM_CLIENT_ID: string;
  readonly ARM_CLIENT_SECRET: string;
}

/** The Azure that is deployed onto. */
export interface TargetAzure {
  /** `https://localhost:{port}`: where tokens come from, and where Graph and Resource Manager are. */
  readonly authority: string;
  /** PEM: what its clients have to trust. */
  readonly caCertificate: string;
  readonly deployer: DeployerEnvironment;
}
