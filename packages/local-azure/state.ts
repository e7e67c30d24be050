import { X509Certificate } from "node:crypto";
import { types } from "node:util";
import { deserialize, serialize } from "node:v8";
import type { CloudName } from "@microservice-identities/well-known/clouds";
import type { JWK } from "jose";
import type { PasswordCredential } from "./directoryObjects";
import type { VaultHosting } from "./resourceManager/armContext";
import type { Subscription } from "./resourceManager/subscription";
import type { Tenant } from "./tenant";

/** The state that a local Azure saves when it stops and restores later: all objects that clients created, and the signing keys. */
export interface SavedState {
  /** Many objects contain addresses, so a state can be restored only at the address where it was saved. */
  readonly authority: string;
  /** Default `public`. */
  readonly cloud?: CloudName;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly deployer: Readonly<Record<string, string>>;
  readonly signingKeys: readonly JWK[];
  /** The environment variables of each application and identity of the seed. */
  readonly seeded?: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly tenant: object;
  readonly subscription: object;
  /** The digests by which client secrets are checked; their values are not stored. */
  readonly secretDigests: ReadonlyMap<PasswordCredential, string>;
}

type Objects = Pick<SavedState, "tenant" | "subscription" | "secretDigests">;

/** Caches, clocks and logs are not part of the state. */
const passing = ["history", "signIns", "clientSecrets", "federatedTokens"];
const certificateMark = "-certificate-";

/** A copy of all stored objects. References to the same object stay references to one object. */
export function objectsOf(tenant: Tenant, subscription: Subscription): Objects {
  const holders = [
    ...tenant.applications.values(),
    ...tenant.servicePrincipals.values(),
    ...tenant.deletedItems.objects(),
  ];
  const credentials = holders.flatMap(({ passwordCredentials }) => passwordCredentials);
  const secretDigests = tenant.clientSecrets.digestsOf(credentials);
  return plain({ tenant, subscription, secretDigests }, new Map()) as unknown as Objects;
}

export const savedBytes = (state: SavedState): Buffer => serialize(plain(state, new Map()));

export const savedState = (bytes: Uint8Array): SavedState => revived(deserialize(bytes), new Set()) as SavedState;

/**
 * Replaces the current objects by the stored ones, and opens the vaults again, at their earlier ports if these are free.
 *
 * @returns the address of each vault now, by its stored address
 */
export async function restoreObjects(
  saved: Objects,
  tenant: Tenant,
  subscription: Subscription,
  hosting: VaultHosting,
): Promise<ReadonlyMap<string, string>> {
  for (const { name } of subscription.vaults.values()) await hosting.close(name);
  const copy = revived(deserialize(serialize(saved)), new Set()) as Objects;
  restoreInto(tenant, copy.tenant);
  restoreInto(subscription, copy.subscription);
  tenant.clientSecrets.keep(copy.secretDigests);
  const addresses = new Map<string, string>();
  for (const [key, vault] of [...subscription.vaults]) {
    const uri = await hosting.open(vault.name, Number(new URL(vault.uri).port));
    subscription.vaults.set(key, { ...vault, uri });
    addresses.set(vault.uri, uri);
  }
  return addresses;
}

/** Converts instances of classes to plain objects. */
function plain(value: unknown, seen: Map<unknown, unknown>): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const kept = <T>(copy: T, fill: (copy: T) => void): T => {
    seen.set(value, copy);
    fill(copy);
    return copy;
  };
  if (value instanceof X509Certificate) return kept({ [certificateMark]: value.toString() }, () => {});
  if (Array.isArray(value))
    return kept<unknown[]>([], (copy) => void copy.push(...value.map((each) => plain(each, seen))));
  if (types.isSet(value))
    return kept(new Set(), (copy) => {
      for (const each of value) copy.add(plain(each, seen));
    });
  if (types.isMap(value))
    return kept(new Map(), (copy) => {
      for (const [key, each] of value) copy.set(plain(key, seen), plain(each, seen));
    });
  return kept<Record<string, unknown>>({}, (copy) => {
    for (const [name, each] of Object.entries(value))
      if (typeof each !== "function" && !passing.includes(name)) copy[name] = plain(each, seen);
  });
}

/** Converts the text of certificates to certificates again, in place. */
function revived(value: unknown, seen: Set<unknown>): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value)) return value;
  const text = (value as Record<string, unknown>)[certificateMark];
  if (typeof text === "string") return new X509Certificate(text);
  seen.add(value);
  if (types.isMap(value)) for (const [key, each] of value) value.set(revived(key, seen), revived(each, seen));
  else if (types.isSet(value)) for (const each of value) revived(each, seen);
  else for (const [name, each] of Object.entries(value)) Object.assign(value, { [name]: revived(each, seen) });
  return value;
}

function restoreInto(target: object, saved: object): void {
  for (const [name, value] of Object.entries(saved)) {
    const present = (target as Record<string, unknown>)[name];
    if (types.isMap(present) && types.isMap(value)) {
      present.clear();
      for (const [key, each] of value) present.set(key, each);
    } else if (types.isSet(present) && types.isSet(value)) {
      present.clear();
      for (const each of value) present.add(each);
    } else if (isInstance(present)) restoreInto(present, value as object);
    else Object.assign(target, { [name]: value });
  }
}

/** Whether a value is an instance of a class. The prototype of a plain object has no prototype. */
const isInstance = (value: unknown): value is object =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(Object.getPrototypeOf(value)) !== null;
