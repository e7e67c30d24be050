import { readFileSync } from "node:fs";
import type { DeployerEnvironment, TargetAzure } from "@microservice-identities/engine/deployment/targetAzure";
import { clouds } from "@microservice-identities/well-known/clouds";
import { Agent, fetch } from "undici";

/** Reads a setting of the provider: from the stack, as in `clientId`, or from the first environment variable that is set. */
export type Setting = (name: string, ...variables: string[]) => string;

/**
 * Reads from the provider's settings which Azure it uses, and how it signs in: with a client secret, or with a token of an issuer
 * that the identity trusts. The setting contains the token, or the file of the token, or the address to request it from at each
 * sign-in. A secret has precedence over a token, as in the real provider. Sign-ins with the Azure CLI, a managed identity or a
 * certificate are not supported.
 *
 * https://www.pulumi.com/registry/packages/azure-native/installation-configuration/
 *
 * @throws Error that names the missing setting
 */
export async function targetOf(setting: Setting): Promise<TargetAzure> {
  const required = (name: string, variable: string) => {
    const value = setting(name, variable);
    if (value === "") throw new Error(`azure-native:${name} and ${variable} are not set; one of them is required`);
    return value;
  };
  const metadataHost = required("metadataHost", "ARM_METADATA_HOSTNAME");
  const caCertificate = readFileSync(required("caCertificate", "SSL_CERT_FILE"), "utf8");
  const deployer = {
    ARM_METADATA_HOSTNAME: metadataHost,
    ARM_TENANT_ID: required("tenantId", "ARM_TENANT_ID"),
    ARM_SUBSCRIPTION_ID: required("subscriptionId", "ARM_SUBSCRIPTION_ID"),
    ARM_CLIENT_ID: required("clientId", "ARM_CLIENT_ID"),
    ARM_CLIENT_SECRET: setting("clientSecret", "ARM_CLIENT_SECRET"),
  };
  return { ...(await cloudAt(metadataHost, caCertificate)), caCertificate, ...credentialOf(deployer, setting) };
}

function credentialOf(deployer: DeployerEnvironment, setting: Setting): Pick<TargetAzure, "deployer" | "idToken"> {
  if (deployer.ARM_CLIENT_SECRET !== "") return { deployer };
  if (setting("useOidc", "ARM_USE_OIDC") !== "true")
    throw new Error("there is no way to sign in: set ARM_CLIENT_SECRET, or ARM_USE_OIDC to true");
  const token = setting("oidcToken", "ARM_OIDC_TOKEN");
  if (token !== "") return { deployer: { ...deployer, ARM_OIDC_TOKEN: token } };
  const file = setting("oidcTokenFilePath", "ARM_OIDC_TOKEN_FILE_PATH");
  if (file !== "") return { deployer: { ...deployer, ARM_OIDC_TOKEN: readFileSync(file, "utf8").trim() } };
  const address = setting("oidcRequestUrl", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL");
  const bearer = setting("oidcRequestToken", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  if (address === "" || bearer === "")
    throw new Error(
      "ARM_USE_OIDC is true, but there is no token: set ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, or ARM_OIDC_REQUEST_URL with ARM_OIDC_REQUEST_TOKEN",
    );
  const audience = setting("oidcAudience", "ARM_OIDC_AUDIENCE") || clouds.public.tokenExchange;
  return { deployer, idToken: () => askFor(address, bearer, audience) };
}

/** Requests a token from the pipeline. The audience replaces one that the address already contains. */
async function askFor(address: string, bearer: string, audience: string): Promise<string> {
  const url = new URL(address);
  url.searchParams.set("audience", audience);
  const response = await fetch(url, { headers: { authorization: `Bearer ${bearer}`, accept: "application/json" } });
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${url}: ${response.status} ${text}`);
  return (JSON.parse(text) as { value: string }).value;
}

/** The authority and the cloud, from the metadata at a host. All APIs of a local Azure have the same address. */
async function cloudAt(host: string, ca: string): Promise<Pick<TargetAzure, "authority" | "cloud">> {
  const dispatcher = new Agent({ connect: { ca } });
  const address = `https://${host}/metadata/endpoints?api-version=2022-09-01`;
  try {
    const response = await fetch(address, { dispatcher });
    const { resourceManager, authentication } = (await response.json()) as {
      readonly resourceManager: string;
      readonly authentication: { readonly loginEndpoint: string; readonly audiences: readonly string[] };
    };
    const [authority, api] = [authentication.loginEndpoint, resourceManager].map((each) => each.replace(/\/$/, ""));
    if (authority === undefined || authority !== api)
      throw new Error(`${address}: Resource Manager is at ${api} and sign-ins at ${authority}; allowed: one address`);
    const audience = authentication.audiences[0]?.replace(/\/$/, "");
    const cloud = Object.values(clouds).find(({ resourceManagerClassic }) => resourceManagerClassic === audience);
    if (!cloud) throw new Error(`${address}: no cloud has the audience ${audience}`);
    return { authority, cloud: cloud.name };
  } finally {
    await dispatcher.close();
  }
}
