import { type Lab, text } from "./lab";
import type { Answer } from "./wire";

const groupVersion = "2021-04-01";
/** The API version of Key Vault's control plane, unless the version is what is examined. */
export const vaultVersion = "2026-02-01";

export const groupPath = (name: string) => `/resourceGroups/${name}?api-version=${groupVersion}`;

export async function resourceGroup(lab: Lab, name = `${lab.prefix}-vaults`): Promise<string> {
  const { location } = lab.settings;
  text(await lab.resourceManager("PUT", groupPath(name), { location }), "id");
  return name;
}

export const vaultPath = (group: string, name: string, version = vaultVersion) =>
  `/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults/${name}?api-version=${version}`;

/** @param properties in addition to tenant and SKU */
export function vaultBody({ settings: { location }, tenancy: { tenantId } }: Lab, properties: object = {}): object {
  const common = { tenantId, sku: { family: "A", name: "standard" }, softDeleteRetentionInDays: 7 };
  return { location, properties: { ...common, ...properties } };
}

/** Requests a vault and returns any answer. Registers the resource provider if the subscription has never used it. */
export async function askForVault(lab: Lab, group: string, properties: object, version = vaultVersion) {
  const name = lab.name("v");
  const request = await lab.resourceManagerRequest("PUT", vaultPath(group, name, version), vaultBody(lab, properties));
  const answer = await lab.send(request);
  if (!isUnregistered(answer)) return { name, answer };
  await lab.resourceManager("POST", `/providers/Microsoft.KeyVault/register?api-version=${groupVersion}`);
  return { name, answer: (await lab.until(request, (each) => !isUnregistered(each))).answer };
}

/** A vault that answers requests. */
export async function vault(lab: Lab, group: string, properties: object): Promise<string> {
  const { name, answer } = await askForVault(lab, group, properties);
  text(answer, "id");
  const shown = await lab.resourceManagerRequest("GET", vaultPath(group, name));
  const { answer: ready } = await lab.until(shown, ({ body }) => propertiesOf(body).provisioningState === "Succeeded");
  const origin = String(propertiesOf(ready.body).vaultUri).replace(/\/$/, "");
  // Without an answer, its name may not resolve yet.
  await lab.until({ api: origin, method: "GET", path: secretPath("none") }, ({ status }) => status !== 0);
  return origin;
}

export const secretPath = (name: string) => `/secrets/${name}?api-version=7.4`;

export const propertiesOf = ({ properties }: Answer["body"]): Readonly<Record<string, unknown>> =>
  (properties ?? {}) as Readonly<Record<string, unknown>>;

const isUnregistered = ({ body }: Answer): boolean =>
  (body.error as { code?: string } | undefined)?.code === "MissingSubscriptionRegistration";
