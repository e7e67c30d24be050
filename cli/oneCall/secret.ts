import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import type { Registered } from "./registration";
import type { Session } from "./session";

const vaultName = "fulfillment-x1y2z3";

/** A managed identity, as Resource Manager returns it. */
interface ManagedIdentity {
  readonly id: string;
  readonly properties: { readonly principalId: string; readonly clientId: string };
}

/** Stores the caller's secret in a vault of its own, and reads it as the service does. @returns the secret */
export async function issueAndReadSecret(session: Session, caller: Registered): Promise<string> {
  const { recorder } = session;
  recorder.write(
    "## 2. A secret, and where it is kept",
    "",
    "Entra shows a client secret only once, when it creates it.",
  );
  const secret = await issueSecret(session, caller);
  const identity = await createIdentity(session);
  recorder.write("The service's own vault lets its managed identity `get` secrets, and allows nothing else.");
  const vaultUri = await createVault(session, identity, secret);
  recorder.write(
    "## 3. The service reads its secret",
    "",
    "Where the service runs, Azure gives it a token of its managed identity, without a secret.",
  );
  await readSecret(session, identity, vaultUri);
  return secret;
}

async function issueSecret({ recorder, graph, toGraph }: Session, caller: Registered): Promise<string> {
  const { json } = await recorder.record(
    {
      method: "POST",
      url: `${graph}/applications/${caller.objectId}/addPassword`,
      headers: toGraph,
      json: { passwordCredential: { displayName: "window 2026-11-01", endDateTime: "2027-04-30T00:00:00Z" } },
    },
    ["displayName", "endDateTime", "keyId", "secretText"],
  );
  recorder.showAs(json.secretText, "{client secret}");
  recorder.showAs(json.keyId, "{key id}");
  return String(json.secretText);
}

const groupOf = ({ azure: { authority, subscriptionId } }: Session): string =>
  `${authority}/subscriptions/${subscriptionId}/resourceGroups/rg-shop-dev`;

/** Not recorded, because the chapter begins with the vault. */
async function createIdentity(session: Session): Promise<ManagedIdentity> {
  const { recorder, toResourceManager: headers } = session;
  const [group, json] = [groupOf(session), { location: "westeurope" }];
  await recorder.request({ method: "PUT", url: `${group}?api-version=2024-03-01`, headers, json });
  const created = await recorder.request({
    method: "PUT",
    url: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-fulfillment-dev?api-version=2023-01-31`,
    headers,
    json,
  });
  const identity = created.json as { id: string; properties: ManagedIdentity["properties"] };
  recorder.showAs(identity.properties.principalId, "{principal of the managed identity}");
  recorder.showAs(identity.properties.clientId, "{client id of the managed identity}");
  return identity;
}

async function createVault(session: Session, { properties }: ManagedIdentity, secret: string): Promise<string> {
  const { recorder, azure, toResourceManager: headers } = session;
  const { tenantId } = azure;
  const vault = `${groupOf(session)}/providers/Microsoft.KeyVault/vaults/${vaultName}`;
  const reader = { tenantId, objectId: properties.principalId, permissions: { secrets: ["get"] } };
  const created = await recorder.record(
    {
      method: "PUT",
      url: `${vault}?api-version=${keyVaultVersion}`,
      headers,
      json: {
        location: "westeurope",
        properties: {
          tenantId,
          sku: { family: "A", name: "standard" },
          enableRbacAuthorization: false,
          accessPolicies: [reader],
        },
      },
    },
    ["id"],
  );
  const { vaultUri } = created.json.properties as { vaultUri: string };
  recorder.showAs(vaultUri.replace(/\/$/, ""), `https://${vaultName}.vault.azure.net`);
  await recorder.record(
    {
      method: "PUT",
      url: `${vault}/secrets/client-secret?api-version=${keyVaultVersion}`,
      headers,
      json: { properties: { value: secret, contentType: "Entra client secret" } },
    },
    ["name"],
  );
  return vaultUri;
}

async function readSecret({ recorder, azure }: Session, identity: ManagedIdentity, vaultUri: string): Promise<void> {
  const host = azure.workloadHost([identity.id]);
  recorder.showAs(host.IDENTITY_ENDPOINT, "http://{IDENTITY_ENDPOINT}");
  recorder.showAs(host.IDENTITY_HEADER, "{IDENTITY_HEADER}");
  const managed = await recorder.record(
    {
      method: "GET",
      url: `${host.IDENTITY_ENDPOINT}?resource=https://vault.azure.net&api-version=2019-08-01&client_id=${identity.properties.clientId}`,
      headers: { "x-identity-header": host.IDENTITY_HEADER },
    },
    ["access_token", "resource", "token_type"],
  );
  await recorder.record(
    {
      method: "GET",
      url: `${vaultUri}secrets/client-secret?api-version=7.6`,
      headers: { authorization: `Bearer ${managed.json.access_token}` },
    },
    ["value", "contentType"],
  );
}
