import { z } from "zod";
import { authorityOf } from "./authority";
import { ConfigurationError } from "./configurationError";

export { ConfigurationError } from "./configurationError";

/** How a service proves to Entra who it is. */
export type ServiceCredential =
  /** A client secret in the service's own vault, which its managed identity may read. */
  | { readonly kind: "secret"; readonly vaultUri: string; readonly secretName: string }
  /** A certificate whose private key, PEM, is in the service's own vault. */
  | {
      readonly kind: "certificate";
      readonly vaultUri: string;
      readonly secretName: string;
      /** SHA-256 of the certificate, hexadecimal. */
      readonly thumbprint: string;
    }
  /** Its managed identity, or in Kubernetes its service account, and no secret at all. */
  | { readonly kind: "federated" };

/** Who a service is, and what it calls: as a stack's output `directory` says it. */
export interface ServiceConfiguration {
  /** The Entra tenant: a GUID. */
  readonly tenantId: string;
  /** The application (client) id of the service's registration: what it signs in with, and the audience of its tokens. */
  readonly clientId: string;
  /** The client id of the managed identity that the workload runs as. */
  readonly identityClientId: string;
  readonly credential: ServiceCredential;
  /** What to ask a token for, by the name of the API: `api://{client id}/.default`. */
  readonly scopes: Readonly<Record<string, string>>;
  /** Where tokens come from. Default `https://login.microsoftonline.com`. */
  readonly authority?: string | undefined;
  /**
   * In Kubernetes with workload identity: the file with the token of the pod's service account. The registration, or for a
   * secret in a vault the managed identity, trusts the cluster's issuer. Default: the platform's managed identity endpoint.
   */
  readonly federatedTokenFile?: string | undefined;
}

const https = z.string().regex(/^https:\/\/[^/\s]+\/?$/, { error: "an https address without a path" });
const scopes = z
  .string()
  .default("{}")
  .transform((text, context) => {
    try {
      // A name that every object has would be found where nothing was configured.
      const name = z.string().refine((given) => !(given in {}));
      return z.record(name, z.string()).parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: "custom", message: 'JSON, like {"inventory": "api://…/.default"}' });
      return z.NEVER;
    }
  });

const variables = z.object({
  AZURE_TENANT_ID: z.guid({ error: "a GUID" }),
  AZURE_CLIENT_ID: z.guid({ error: "a GUID" }),
  AZURE_AUTHORITY_HOST: https.optional(),
  AZURE_FEDERATED_TOKEN_FILE: z.string().min(1, { error: "a file" }).optional(),
  SERVICE_CLIENT_ID: z.guid({ error: "a GUID" }),
  SERVICE_CREDENTIAL: z.enum(["secret", "certificate", "federated"], { error: "secret, certificate or federated" }),
  SERVICE_VAULT_URI: https.optional(),
  SERVICE_SECRET_NAME: z.string().min(1).optional(),
  SERVICE_CERTIFICATE_THUMBPRINT: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, { error: "64 hexadecimal digits" })
    .optional(),
  SERVICE_APIS: scopes,
});

/**
 * The configuration from environment variables: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` (the managed identity),
 * `SERVICE_CLIENT_ID`, `SERVICE_CREDENTIAL`, `SERVICE_VAULT_URI`, `SERVICE_SECRET_NAME`, `SERVICE_CERTIFICATE_THUMBPRINT`,
 * `SERVICE_APIS`, `AZURE_AUTHORITY_HOST` and `AZURE_FEDERATED_TOKEN_FILE`. None is a secret.
 *
 * @throws ConfigurationError that names every variable that is missing or wrong
 */
export function configurationFrom(environment: NodeJS.ProcessEnv): ServiceConfiguration {
  const parsed = variables.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path: [name], message }) => {
      const value = environment[String(name)];
      const given = value === undefined ? "is not set" : `is ${JSON.stringify(value)}`;
      return `${String(name)} ${given}; allowed: ${message}`;
    });
    throw new ConfigurationError(problems.join("\n"));
  }
  const given = parsed.data;
  const credential = credentialFrom(given);
  return {
    tenantId: given.AZURE_TENANT_ID,
    clientId: given.SERVICE_CLIENT_ID,
    identityClientId: given.AZURE_CLIENT_ID,
    credential,
    scopes: given.SERVICE_APIS,
    ...(given.AZURE_FEDERATED_TOKEN_FILE ? { federatedTokenFile: given.AZURE_FEDERATED_TOKEN_FILE } : {}),
    ...(given.AZURE_AUTHORITY_HOST ? { authority: authorityOf(given.AZURE_AUTHORITY_HOST) } : {}),
  };
}

function credentialFrom(given: z.output<typeof variables>): ServiceCredential {
  const { SERVICE_CREDENTIAL: kind, SERVICE_CERTIFICATE_THUMBPRINT: thumbprint } = given;
  if (kind === "federated") return { kind };
  const needed = {
    SERVICE_VAULT_URI: given.SERVICE_VAULT_URI,
    SERVICE_SECRET_NAME: given.SERVICE_SECRET_NAME,
    ...(kind === "certificate" ? { SERVICE_CERTIFICATE_THUMBPRINT: thumbprint } : {}),
  };
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length > 0)
    throw new ConfigurationError(
      missing.map((name) => `${name} is not set; the credential "${kind}" needs it`).join("\n"),
    );
  const vault = { vaultUri: given.SERVICE_VAULT_URI ?? "", secretName: given.SERVICE_SECRET_NAME ?? "" };
  return kind === "secret" ? { kind, ...vault } : { kind, ...vault, thumbprint: thumbprint ?? "" };
}
