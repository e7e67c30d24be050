import { type Lab, text } from "./lab";
import type { Answer } from "./wire";

const groupVersion = "2021-04-01";
/** Of Key Vault's control plane, where the version is not what is examined. */
export const vaultVersion = "2026-02-01";

export const groupPath = (name: string) => `/resourceGroups/${name}?api-version=${groupVersion}`;

export async function resourceGroup(lab: Lab, name = `${lab.prefix}-vaults`): Promise<string> {
  const { location } = lab.settings;
  text(await lab.resourceManager("PUT", groupPath(name), { location }), "id");
  return name;
}

export const vaultPath = (group: string, name: string, version = vaultVersion) =>
  `/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults/${name}?api-version=${version}`;

/** @param properties besides tenant and SKU */
export function vaultBody({ settings: { location }, tenancy: { tenantId } }: Lab, properties: object = {}): object {
  const common = { tenantId, sku: { family: "A", name: "standard" }, softDeleteRetentionInDays: 7 };
  return { location, properties: { ...common, ...properties } };
}

/** Asks for a vault, whatever is answered; registers the resource provider where the subscription has never used it. */
export async function askForVault(lab: Lab, group: string, properties: object, version = vaultVersion) {
  const name = lab.name("v");
  const request = await lab.resourceManagerRequest("PUT", vaultPath(group, name, version), vaultBody(lab, properties));
  const answer = await lab.send(request);
  if (!isUnregistered(answer)) return { name, answer };
  await lab.resourceManager("POST", `/providers/Microsoft.KeyVault/register?api-version=${groupVersion}`);
  return { name, answer: (await lab.until(request, (each) => !isUnregistered(each))).answer };
}

/** A vault that answers. */
export async function vault(lab: Lab, group: string, properties: object): Promise<string> {
  const { name, answer } = await askForVault(lab, group, properties);
  text(answer, "id");
  const shown = await lab.resourceManagerRequest("GET", vaultPath(group, name));
  const { answer: ready } = await lab.until(shown, ({ body }) => propertiesOf(body).provisioningState === "Succeeded");
  const origin = String(propertiesOf(ready.body).vaultUri).replace(/\/$/, "");
  // Its name may not resolve yet: then there is no answer.
  await lab.until({ api: origin, method: "GET", path: secretPath("none") }, ({ status }) => status !== 0);
  return origin;
}

export const secretPath = (name: string) => `/secrets/${name}?api-version=7.4`;

export const propertiesOf = ({ properties }: Answer["body"]): Readonly<Record<string, unknown>> =>
  (properties ?? {}) as Readonly<Record<string, unknown>>;

const isUnregistered = ({ body }: Answer): boolean =>
  (body.error as { code?: string } | undefined)?.code === "MissingSubscriptionRegistration";
