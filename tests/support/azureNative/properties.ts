import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { AzureClient } from "@microservice-identities/engine/deployment/azureClient";
import { comparable } from "@microservice-identities/engine/deployment/drift";
import type { ArmResourceType } from "@microservice-identities/engine/deployment/providers/azureNative";
import type { Properties } from "@microservice-identities/engine/deployment/providers/resourceType";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc";

/** Marks a resource whose name the provider generated: a replacement with another name can be created before it is deleted. */
const generated = "__createBeforeDelete";
/** Inputs that the provider itself adds, and does not send to Azure. */
const ofProvider = new Set(["azureApiVersion", generated]);

export const sentInputs = (inputs: Properties): Properties =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => !ofProvider.has(name)));

/** The names of the inputs in the id of a resource, in their order. */
function namesInId(type: ArmResourceType, azure: AzureClient): { template: string; names: string[] } {
  const placeholders = new Proxy({}, { get: (_, name) => `{${String(name)}}` }) as Properties;
  const template = type.path(azure, placeholders);
  return { template, names: [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string) };
}

/** Adds the inputs that a program may omit: a generated name, and the version of the API. */
export function withDefaults(
  type: ArmResourceType,
  azure: AzureClient,
  { urn, seed, before, inputs }: { urn: string; seed: string; before: Properties; inputs: Properties },
): Properties {
  const whole: Properties = { azureApiVersion: type.apiVersion, ...inputs };
  const name = namesInId(type, azure).names.at(-1) as string;
  if (whole[name] !== undefined) return whole;
  if (before[name] !== undefined) return { ...whole, [name]: before[name], [generated]: before[generated] };
  const random = createHash("sha256").update(`${seed} ${urn}`).digest("hex");
  const guid = random.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const value = /^role/.test(name) ? guid : `${urn.split("::").at(-1)}${random.slice(0, 8)}`;
  return { ...whole, [name]: value, [generated]: true };
}

/** The outputs in a preview: the inputs, and unknown values for the properties that Azure adds. */
export function previewedOutputs(type: ArmResourceType, inputs: Properties): Properties {
  const { properties } = inputs;
  if (!type.addedProperties || typeof properties !== "object") return inputs;
  const added = type.addedProperties.map((name) => [name, unknownValue]);
  return { ...inputs, properties: { ...(properties as Properties), ...Object.fromEntries(added) } };
}

export interface Difference {
  readonly changed: readonly string[];
  readonly replaces: readonly string[];
  readonly deletesFirst: boolean;
}

/** A value that is not known yet differs from every other. */
export function differenceOf(type: ArmResourceType, before: Properties, after: Properties): Difference {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
  const replaces = changed.filter((name) => type.replaceOn === "all" || type.replaceOn.includes(name));
  return { changed, replaces, deletesFirst: replaces.length > 0 && before[generated] !== true };
}

/** The inputs of an existing resource, for an import. */
export function inputsOf(type: ArmResourceType, azure: AzureClient, id: string, outputs: Properties): Properties {
  const { template, names } = namesInId(type, azure);
  const pattern = template.replace(/[.]/g, "\\.").replace(/\{(\w+)\}/g, (_, name) => {
    // A scope is an id too, so it contains slashes.
    return `(?<${name}>${/^(scope|resourceUri)$/.test(name) ? ".+" : "[^/]+"})`;
  });
  const found = new RegExp(`^${pattern}$`, "i").exec(id)?.groups;
  if (!found) throw new Error(`${id} is not the id of such a resource; allowed: ${template}`);
  const { properties, ...rest } = outputs;
  const own = Object.entries((properties as Properties | undefined) ?? {});
  const settable = Object.fromEntries(own.filter(([name]) => !type.addedProperties?.includes(name)));
  const shown: Properties = { ...rest, properties: settable, azureApiVersion: type.apiVersion };
  const known = Object.entries({ ...shown, ...found }).filter(
    ([name]) => names.includes(name) || type.inputs.includes(name) || name === "azureApiVersion",
  );
  return Object.fromEntries(known);
}

/** The inputs, with each value that somebody has changed in Azure since the outputs were recorded. */
export function withDrift(inputs: Properties, recorded: Properties, actual: Properties): Properties {
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(actual)])];
  const drifted = names.filter((name) => !isDeepStrictEqual(comparable(recorded[name]), comparable(actual[name])));
  const result = { ...inputs };
  for (const name of drifted) {
    const [given, before, now] = [inputs[name], recorded[name], actual[name]];
    if (isObject(given) && isObject(before) && isObject(now)) result[name] = withDrift(given, before, now);
    else if (now === undefined) delete result[name];
    else result[name] = now;
  }
  return result;
}

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);
