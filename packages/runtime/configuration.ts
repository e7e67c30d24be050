import { z } from "zod";
import { authorityOf } from "./authority";
import type { CloudName } from "./cloud";
import { ConfigurationError } from "./configurationError";
import { shown } from "./shown";

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

/** The identity of a service, and the APIs that it calls, as in a stack's output `directory`. */
export interface ServiceConfiguration {
  /** The Entra tenant: a GUID. */
  readonly tenantId: string;
  /** The application (client) id of the service's registration. The service signs in with it, and tokens for its API have it as audience. */
  readonly clientId: string;
  /** The client id of the managed identity that the workload runs as. */
  readonly identityClientId: string;
  readonly credential: ServiceCredential;
  /** The scope of each API by name, for example `api://{client id}/.default`. */
  readonly scopes: Readonly<Record<string, string>>;
  /** The cloud of the tenant. Default: the authority's; without one, `public`. */
  readonly cloud?: CloudName | undefined;
  /** The authority that issues the tokens. Default: the cloud's. */
  readonly authority?: string | undefined;
  /**
   * In Kubernetes with workload identity: the file with the token of the pod's service account. The registration, or for a
   * secret in a vault the managed identity, trusts the cluster's issuer. Default: the platform's managed identity endpoint.
   */
  readonly federatedTokenFile?: string | undefined;
}

const https = z.string().refine((given) => /^https:\/\/[^/?#@\s\\]+\/?$/.test(given) && URL.canParse(given), {
  error: "an https address without a path",
});
const scopes = z
  .string()
  .default("{}")
  .transform((text, context) => {
    const refuse = (message: string) => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    try {
      const given = z.record(z.string(), z.string().regex(/^\S+\/\.default$/)).parse(JSON.parse(text));
      // A lookup would find such a name even if it is not configured.
      const reserved = Object.keys(JSON.parse(text)).find((name) => name in {});
      if (reserved === undefined) return given;
      return refuse(`any name but "${reserved}", which every object in JavaScript has`);
    } catch {
      return refuse('JSON, for example {"inventory": "api://…/.default"}');
    }
  });

const variables = z.object({
  AZURE_TENANT_ID: z.guid({ error: "a GUID" }),
  AZURE_CLIENT_ID: z.guid({ error: "a GUID" }),
  AZURE_AUTHORITY_HOST: https.optional(),
  AZURE_FEDERATED_TOKEN_FILE: z.string().min(1, { error: "the path of a file" }).optional(),
  SERVICE_CLOUD: z.enum(["public", "usgovernment", "china"], { error: "public, usgovernment or china" }).optional(),
  SERVICE_CLIENT_ID: z.guid({ error: "a GUID" }),
  SERVICE_CREDENTIAL: z.enum(["secret", "certificate", "federated"], { error: "secret, certificate or federated" }),
  SERVICE_VAULT_URI: https.optional(),
  SERVICE_SECRET_NAME: z
    .string()
    .regex(/^[0-9a-z-]{1,127}$/i, { error: "1 to 127 letters, digits and hyphens" })
    .optional(),
  SERVICE_CERTIFICATE_THUMBPRINT: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, { error: "64 hexadecimal digits" })
    .optional(),
  SERVICE_APIS: scopes,
});

/**
 * The configuration from environment variables: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` (the managed identity),
 * `SERVICE_CLIENT_ID`, `SERVICE_CREDENTIAL`, `SERVICE_VAULT_URI`, `SERVICE_SECRET_NAME`, `SERVICE_CERTIFICATE_THUMBPRINT`,
 * `SERVICE_APIS`, `SERVICE_CLOUD`, `AZURE_AUTHORITY_HOST` and `AZURE_FEDERATED_TOKEN_FILE`. None is a secret.
 *
 * @throws ConfigurationError that names every variable that is missing or wrong
 */
export function configurationFrom(environment: NodeJS.ProcessEnv): ServiceConfiguration {
  const parsed = variables.safeParse(environment);
  const problems = (parsed.error?.issues ?? []).map(({ path: [name], message }) => {
    const value = environment[String(name)];
    const given = value === undefined ? "is not set" : `is ${shown(value)}`;
    return `${String(name)} ${given}; allowed: ${message}`;
  });
  problems.push(...missingFor(environment));
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems.join("\n"));
  const given = parsed.data;
  const credential = credentialFrom(given);
  return {
    tenantId: given.AZURE_TENANT_ID,
    clientId: given.SERVICE_CLIENT_ID,
    identityClientId: given.AZURE_CLIENT_ID,
    credential,
    scopes: given.SERVICE_APIS,
    ...(given.AZURE_FEDERATED_TOKEN_FILE ? { federatedTokenFile: given.AZURE_FEDERATED_TOKEN_FILE } : {}),
    ...(given.SERVICE_CLOUD ? { cloud: given.SERVICE_CLOUD } : {}),
    ...(given.AZURE_AUTHORITY_HOST ? { authority: authorityOf(given.AZURE_AUTHORITY_HOST) } : {}),
  };
}

/** The variables that the kind of credential needs. */
const neededBy: Readonly<Record<string, readonly string[]>> = {
  secret: ["SERVICE_VAULT_URI", "SERVICE_SECRET_NAME"],
  certificate: ["SERVICE_VAULT_URI", "SERVICE_SECRET_NAME", "SERVICE_CERTIFICATE_THUMBPRINT"],
};

function missingFor(environment: NodeJS.ProcessEnv): string[] {
  const { SERVICE_CREDENTIAL: kind = "" } = environment;
  const needed = Object.hasOwn(neededBy, kind) ? (neededBy[kind] ?? []) : [];
  return needed
    .filter((name) => environment[name] === undefined)
    .map((name) => `${name} is not set; the credential "${kind}" needs it`);
}

function credentialFrom(given: z.output<typeof variables>): ServiceCredential {
  const { SERVICE_CREDENTIAL: kind, SERVICE_CERTIFICATE_THUMBPRINT: thumbprint } = given;
  if (kind === "federated") return { kind };
  const vault = { vaultUri: given.SERVICE_VAULT_URI ?? "", secretName: given.SERVICE_SECRET_NAME ?? "" };
  return kind === "secret" ? { kind, ...vault } : { kind, ...vault, thumbprint: thumbprint ?? "" };
}
