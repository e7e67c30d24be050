import { createHash } from "node:crypto";
import {
  type EvaluatedResource,
  isUnknown,
  nameOf,
} from "@microservice-identities/engine/evaluation/evaluatedResource";
import { isSettings } from "./settings";

/** Where resources were read from: ids and defaults differ between them. */
export const resourceSources = ["program", "state"] as const;
export type ResourceSource = (typeof resourceSources)[number];

/** A digest of each property of each resource, by URN. It shows whether two are the same, without containing a value. */
export type Fingerprints = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface ChangedResource {
  readonly type: string;
  readonly name: string;
  /** The properties that differ; empty if the resource was added or removed. */
  readonly properties: readonly string[];
  /** Pulumi keeps it in Azure when it is removed from the stack. */
  readonly kept?: true;
}

export interface ResourceChange {
  readonly added: readonly ChangedResource[];
  readonly removed: readonly ChangedResource[];
  readonly changed: readonly ChangedResource[];
  /** How many resources could be compared only by name, because a program and a state have different ids for the same things. */
  readonly notCompared: number;
}

export function fingerprintsOf(resources: readonly EvaluatedResource[]): Fingerprints {
  return Object.fromEntries(
    resources
      .filter((resource) => !isSettings(resource))
      .map(({ urn, properties, parent, options, secrets = [] }) => {
        const all: [string, unknown][] = [...Object.entries(properties), ...Object.entries({ parent, options })];
        const digests = all
          .filter(([, value]) => value !== undefined)
          .flatMap(([key, value]) => partsOf(key, value).map(([path, part]) => [key, path, part] as const))
          // The digest of a secret is shortened: enough to see a change, too little to guess the secret.
          .map(([key, path, part]) => [path, secrets.includes(key) ? digest(part).slice(0, 3) : digestOf(part)]);
        return [urn, Object.fromEntries(digests)];
      }),
  );
}

/** How a value that is not secret is written in {@link Fingerprints}. */
export const digestOf = (value: unknown): string => digest(value).slice(0, 16);

/** Most values of azure-native's resources are in one property, so each part of an object is compared separately. */
function partsOf(key: string, value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isUnknown(value)) return [[key, value]];
  const parts = Object.entries(value).filter(([, part]) => part !== undefined);
  return parts.length === 0 ? [[key, value]] : parts.map(([name, part]) => [`${key}.${name}`, part]);
}

export function resourceChangeBetween(
  before: Fingerprints,
  after: Fingerprints,
  comparable: boolean,
  kept: (urn: string) => boolean,
): ResourceChange {
  const common = Object.keys(after).filter((urn) => urn in before);
  return {
    added: Object.keys(after).flatMap((urn) => (urn in before ? [] : [describe(urn)])),
    removed: Object.keys(before).flatMap((urn) =>
      urn in after ? [] : [{ ...describe(urn), ...(kept(urn) ? { kept: true as const } : {}) }],
    ),
    changed: comparable
      ? common.flatMap((urn) => {
          const properties = differing(before[urn] ?? {}, after[urn] ?? {});
          return properties.length > 0 ? [describe(urn, properties)] : [];
        })
      : [],
    notCompared: comparable ? 0 : common.length,
  };
}

const differing = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key]).sort();

const describe = (urn: string, properties: readonly string[] = []): ChangedResource => ({
  type: typeIn(urn),
  name: nameOf(urn),
  properties,
});

/** The type in a URN, without those of the components around. */
export const typeIn = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

const digest = (value: unknown): string => createHash("sha256").update(canonical(value)).digest("base64url");

/** The same text for the same value, independent of the order of its keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(",")}}`;
}
