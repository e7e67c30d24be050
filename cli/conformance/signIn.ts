import type { TokenCredential } from "@azure/identity";
import { connect, TenantError } from "../adoption/tenant";
import { claimsIn } from "./fixtures";
import type { Identity, Tenancy } from "./lab";
import type { Recorder } from "./recorder";
import { Wire } from "./wire";

/**
 * Signs in with the environment variables, as `npm run adopt` does. It also names the values that would identify the tenant.
 *
 * @throws TenantError
 */
export async function signIn(
  environment: NodeJS.ProcessEnv,
  { placeholders }: Recorder,
): Promise<{ tenancy: Tenancy; wire: Wire }> {
  const { cloud, credential, subscriptionId } = await connect(environment);
  const audiences = {
    graph: cloud.graph,
    "resource manager": cloud.resourceManagerAudience,
    "key vault": "https://vault.azure.net",
  };
  const bearer: Identity["bearer"] = async (audience) => {
    const token = await tokenFor(credential, audiences[audience]);
    placeholders.learn("token", token, deployerToken(audience));
    return token;
  };
  const { tid, oid, appid, azp } = claimsIn(await bearer("graph"));
  const tenancy: Tenancy = {
    tenantId: String(tid),
    subscriptionId,
    deployer: { objectId: String(oid), clientId: String(appid ?? azp), bearer },
    graphAudience: cloud.graph,
  };
  const addresses = { graph: cloud.graph, entra: cloud.login, "resource manager": cloud.resourceManager };
  learnTenancy(placeholders, tenancy, addresses);
  return { tenancy, wire: new Wire(addresses) };
}

/** The name of the deployer's token in a recording, because a replay uses another token. */
export const deployerToken = (audience: string): string => `<deployer's token for ${audience}>`;

/** Names the tenant, the subscription and the deployer for a recording. */
export function learnTenancy(
  placeholders: Recorder["placeholders"],
  { tenantId, subscriptionId, deployer }: Tenancy,
  addresses: Wire["addresses"],
): void {
  placeholders.learn("tenant", tenantId, "<tenant>");
  placeholders.learn("subscription", subscriptionId, "<subscription>");
  placeholders.learn("deployer", deployer.objectId, "<deployer>");
  placeholders.learn("deployer", deployer.clientId, "<deployer's client>");
  for (const [api, address] of Object.entries(addresses)) placeholders.learn("address", address, `<${api}>`);
}

async function tokenFor(credential: TokenCredential, audience: string): Promise<string> {
  const token = await credential.getToken(`${audience}/.default`).catch((error: Error) => {
    throw new TenantError(`cannot sign in: ${error.message.split("\n")[0]}`);
  });
  if (!token) throw new TenantError("cannot sign in: there is no token");
  return token.token;
}
