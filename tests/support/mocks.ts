import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";

export interface RegisteredResource {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any input of a component
  readonly inputs: Record<string, any>;
}

/** The same GUID for the same words, so that expectations can name it. */
export function guid(...words: string[]): string {
  const hex = createHash("sha256").update(words.join("/")).digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
}

/** The outputs that a provider would add to each resource's inputs. */
function computed({ type, name, inputs }: RegisteredResource): Record<string, unknown> {
  switch (type) {
    case "azuread:index/application:Application":
      return { clientId: guid(name, "client"), objectId: guid(name, "object") };
    case "azuread:index/servicePrincipal:ServicePrincipal":
      return { objectId: guid(name, "object") };
    case "azuread:index/applicationPassword:ApplicationPassword":
      return { keyId: guid(name, "key"), value: `value of ${name}` };
    case "azure-native:managedidentity:UserAssignedIdentity":
      return { name: inputs.resourceName, clientId: guid(name, "client"), principalId: guid(name, "principal") };
    case "azure-native:keyvault:Vault":
      return {
        name: inputs.vaultName,
        properties: { ...inputs.properties, vaultUri: `https://${inputs.vaultName}.vault.azure.net/` },
      };
    case "azure-native:keyvault:Secret":
      return {
        name: inputs.secretName,
        properties: withProperties(inputs.properties, {
          secretUri: `https://vault/${name}`,
          secretUriWithVersion: `https://vault/${name}/version of ${name}`,
        }),
      };
    case "azure-native:resources:ResourceGroup":
      return { name: inputs.resourceGroupName };
    case "random:index/randomUuid:RandomUuid":
      return { result: guid(name) };
    case "random:index/randomString:RandomString":
      return { result: "abc123" };
    default:
      return {};
  }
}

const idOf = ({ type, name }: RegisteredResource): string =>
  type.startsWith("azure-native:")
    ? `/subscriptions/${guid("subscription")}/${name}`
    : type.endsWith(":Application")
      ? `/applications/${guid(name, "object")}`
      : `${name}_id`;

/** The deployer that the mocked azuread provider returns. */
export const deployer = { tenantId: guid("tenant"), objectId: guid("deployer") };

/**
 * Runs a part of a Pulumi program with the SDK's own mocks.
 *
 * @returns the custom resources by name (their order of registration depends on the machine), and the program's result.
 *   A secret input is shown as `{ secret: … }`.
 */
export async function evaluate<T>(
  program: () => T,
): Promise<{ result: T; resources: RegisteredResource[]; named(name: string): RegisteredResource }> {
  const resources: RegisteredResource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs, custom }) {
        if (!custom) return { id: "", state: inputs };
        const resource = { type, name, inputs };
        resources.push({ type, name, inputs: readable(inputs) as RegisteredResource["inputs"] });
        return { id: idOf(resource), state: { ...inputs, ...computed(resource) } };
      },
      call: ({ token }) => {
        if (token !== "azuread:index/getClientConfig:getClientConfig") throw new Error(`unexpected call of ${token}`);
        return { ...deployer, clientId: guid("deployer", "client"), id: "client-config" };
      },
    },
    "microservice-identities",
    "test",
    false,
  );
  acceptHooks();
  const result = program();
  await settled(resources);
  resources.sort((one, other) => (one.name < other.name ? -1 : 1));
  return {
    result,
    resources,
    named(name) {
      const found = resources.find((resource) => resource.name === name);
      if (!found) throw new Error(`no resource ${name}; there are ${resources.map((r) => r.name).join(", ")}`);
      return found;
    },
  };
}

/** Answers requests that the SDK's mocks do not answer. Hooks are never called, because no mocked resource fails or is late. */
function acceptHooks(): void {
  const accept = (_request: unknown, callback: (error: null) => void) => callback(null);
  Object.assign(getMonitor() ?? {}, { registerErrorHook: accept, registerResourceHook: accept });
}

/** Adds to an object that may be a secret, on the wire: see `readable`. */
function withProperties(value: unknown, more: object): object {
  const given = value as Record<string, unknown>;
  const isSecret = "4dabf18193072939515e22adb298388d" in given;
  return isSecret ? { ...given, value: { ...(given.value as object), ...more } } : { ...given, ...more };
}

/** https://www.pulumi.com/docs/iac/concepts/secrets: on the wire a secret is an object with this signature. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  const { "4dabf18193072939515e22adb298388d": signature, ...plain } = value as Record<string, unknown>;
  if (signature !== undefined) return { secret: readable(plain.value) };
  return Object.fromEntries(Object.entries(plain).map(([key, inner]) => [key, readable(inner)]));
}

/** A registration can wait for the outputs of another one, so this waits until the SDK has no open requests. */
async function settled(resources: readonly RegisteredResource[]): Promise<void> {
  let before = -1;
  while (before !== resources.length) {
    before = resources.length;
    await pulumi.runtime.disconnect();
  }
}

export const resolved = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => {
    output.apply(resolve);
  });

/** Counts the resources of each type, by the type's last word. */
export function countsOf(resources: readonly RegisteredResource[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of resources) {
    const word = type.split(":").at(-1) as string;
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}
