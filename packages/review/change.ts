import { isDeepStrictEqual } from "node:util";
import { readByProgram } from "@microservice-identities/engine/evaluation/stackSettings";
import { textOfRight } from "./access/rights";
import type { AccessModel, Grant, ServiceCredential, VaultReader } from "./accessModel";
import { type OpenedPath, openedPaths } from "./paths/openedPaths";
import { type Reach, reachIn } from "./reach";
import type { ResourceChange } from "./resourceChange";
import { type Extent, type Finding, keyOfFinding, severities } from "./rule";
import { keyOf, ofGrant, ofReader, ofRole } from "./subject";
import type { Waiver } from "./waivers";

export interface Difference<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

/** Something that exists before and after, with a different value. */
export interface Altered {
  /** For example `until of orders → billing Invoices.Write`. */
  readonly what: string;
  /** Empty if only the fact of the change is known. */
  readonly from: string;
  readonly to: string;
}

/** The access that a change adds and removes. */
export interface AccessChange {
  readonly services: Difference<string>;
  readonly roles: Difference<string>;
  readonly grants: Difference<Grant>;
  /** Whether the change needs consent: grants, or their accepted last days, differ. */
  readonly consents: boolean;
  /** Grants that are removed from the stack but stay in Azure. */
  readonly kept: readonly Grant[];
  readonly readers: Difference<string>;
  readonly credentials: Difference<string>;
  readonly rights: Difference<string>;
  /** The writes that services can cause through other services, without a grant of their own. */
  readonly reach: Difference<string>;
  /** The attack paths that the change opens or shortens; absent in a review that an earlier version saved. */
  readonly opened?: readonly OpenedPath[];
  /** Last days and reasons of grants, permissions of readers, expiry and trust of credentials, settings. */
  readonly altered: readonly Altered[];
  /** The findings that somebody accepts; absent if the base does not show which it accepted. */
  readonly waivers?: Difference<Waiver>;
  /** Every resource that differs from before. */
  readonly resources: ResourceChange;
}

export function changeBetween(
  before: AccessModel,
  after: AccessModel,
  resources: ResourceChange,
  beside: Pick<AccessChange, "waivers" | "altered"> = { altered: [] },
): AccessChange {
  const grants = difference(before.grants, after.grants, ({ caller, api, role }) => keyOf(caller, api, role));
  const kept = grants.removed.filter((grant) => grant.kept);
  const altered = [...beside.altered, ...alteredBetween(before, after)];
  return {
    consents:
      grants.added.length + grants.removed.length > 0 || altered.some(({ what }) => what.startsWith("until of ")),
    services: difference(before.services, after.services, String),
    roles: texts(before.roles, after.roles, (role) => ofRole(role).text),
    grants: { added: grants.added, removed: grants.removed.filter((grant) => !grant.kept) },
    kept,
    readers: texts(before.readers, after.readers, (reader) => ofReader(reader).text, readerText),
    credentials: texts(
      before.credentials,
      after.credentials,
      ({ service, kind, name }) => `${service}: ${kind} ${name}`,
    ),
    rights: texts(before.rights, after.rights, textOfRight),
    reach: reachBetween(before, after),
    opened: openedPaths(before, after),
    altered,
    ...(beside.waivers ? { waivers: beside.waivers } : {}),
    resources,
  };
}

const readerText = (reader: VaultReader): string => `${ofReader(reader).text}: ${reader.permissions.join(", ")}`;

/** The findings that are new or got worse: only these are caused by the change. */
export function newFindings(before: readonly Finding[], after: readonly Finding[]): Finding[] {
  const known = new Map<string, Finding[]>();
  for (const finding of before) {
    const key = keyOfFinding(finding);
    known.set(key, [...(known.get(key) ?? []), finding]);
  }
  // Resources of different types or components can have one name: an earlier finding explains one of today's, not all.
  const explains = (finding: Finding, isEnough: (old: Finding) => boolean): boolean => {
    const candidates = known.get(keyOfFinding(finding)) ?? [];
    const index = candidates.findIndex(isEnough);
    if (index >= 0) candidates.splice(index, 1);
    return index >= 0;
  };
  const others = after.filter(
    (finding) => !explains(finding, (old) => isDeepStrictEqual(old.extent, finding.extent) && isNoWorse(finding, old)),
  );
  return others.filter((finding) => !explains(finding, (old) => isNoWorse(finding, old)));
}

function isNoWorse(now: Finding, before: Finding): boolean {
  if (severities.indexOf(now.severity) > severities.indexOf(before.severity)) return false;
  if (!now.extent || !before.extent) return now.message === before.message;
  return reachesNoFurther(now.extent, before.extent);
}

const reachesNoFurther = (now: Extent, before: Extent): boolean =>
  (now.amount ?? 0) <= (before.amount ?? 0) && (now.parts ?? []).every((part) => (before.parts ?? []).includes(part));

/** The values that exist in both models and differ. */
function alteredBetween(before: AccessModel, after: AccessModel): Altered[] {
  const pairs = <T>(of: (model: AccessModel) => readonly T[], key: (item: T) => string): [T, T][] => {
    const old = new Map(of(before).map((item) => [key(item), item]));
    return of(after).flatMap((item): [T, T][] => {
      const match = old.get(key(item));
      return match ? [[match, item]] : [];
    });
  };
  const altered = (what: string, from: string | undefined, to: string | undefined): Altered[] =>
    from === to ? [] : [{ what, from: from ?? "none", to: to ?? "none" }];
  const credentialKey = ({ service, kind, name }: ServiceCredential) => keyOf(service, kind, name);
  return [
    ...pairs(
      ({ grants }) => grants,
      ({ caller, api, role }) => keyOf(caller, api, role),
    ).flatMap(([old, now]) => [
      ...altered(`until of ${ofGrant(now).text}`, old.until, now.until),
      ...altered(`because of ${ofGrant(now).text}`, old.because, now.because),
    ]),
    ...pairs(
      ({ readers }) => readers,
      ({ reader, vault }) => keyOf(reader, vault),
    ).flatMap(([old, now]) =>
      altered(`permissions of ${ofReader(now).text}`, old.permissions.join(", "), now.permissions.join(", ")),
    ),
    ...pairs(({ credentials }) => credentials, credentialKey).flatMap(([old, now]) => [
      ...altered(`end of ${now.kind} ${now.name} of ${now.service}`, old.ends, now.ends),
      ...altered(`key of ${now.kind} ${now.name} of ${now.service}`, old.key, now.key),
      ...altered(`whom ${now.name} of ${now.service} trusts`, old.trusts, now.trusts),
    ]),
    ...settingKeys(before, after).flatMap((key) =>
      altered(key.includes(readByProgram) ? key : `setting ${key}`, before.settings[key], after.settings[key]),
    ),
  ];
}

/** The settings to compare. A state has none, and in a new stack all are new. */
export function settingKeys(before: AccessModel, after: AccessModel): string[] {
  const [old, now] = [Object.keys(before.settings), Object.keys(after.settings)];
  return old.length === 0 || now.length === 0 ? [] : [...new Set([...old, ...now])].sort();
}

/** The writes that services can cause only through others, each with a shortest chain of calls. */
function reachBetween(before: AccessModel, after: AccessModel): Difference<string> {
  const [reachBefore, reachAfter] = [reachIn(before), reachIn(after)];
  const [old, present] = [new Set(before.services), new Set(after.services)];
  const added: string[] = [];
  const removed: string[] = [];
  // One service at a time: if every service reaches every other, all chains together would fill the memory.
  for (const service of new Set([...after.services, ...before.services])) {
    const was = old.has(service) ? indirectWrites(reachBefore(service)) : new Map<string, Reach>();
    const is = present.has(service) ? indirectWrites(reachAfter(service)) : new Map<string, Reach>();
    for (const [key, reach] of is) if (!was.has(key)) added.push(reachText(service, reach));
    for (const [key, reach] of was) if (!is.has(key)) removed.push(reachText(service, reach));
  }
  return { added, removed };
}

const reachText = (service: string, reach: Reach): string =>
  `${service} reaches ${ofRole(reach).text} through ${reach.path().slice(1, -1).join(" → ")}`;

const indirectWrites = (reached: readonly Reach[]): ReadonlyMap<string, Reach> =>
  new Map(
    reached
      .filter(({ writes, isDirect }) => writes && !isDirect)
      .map((reach) => [`${reach.api.length} ${reach.api}${reach.role}`, reach]),
  );

/** Compares by a key, and reports by a text. */
function texts<T>(
  before: readonly T[],
  after: readonly T[],
  key: (item: T) => string,
  text: (item: T) => string = key,
): Difference<string> {
  const { added, removed } = difference(before, after, key);
  return { added: added.map(text), removed: removed.map(text) };
}

/** If several have the same key, an additional one counts as added. */
export function difference<T>(before: readonly T[], after: readonly T[], key: (item: T) => string): Difference<T> {
  const [old, present] = [before.map(key), after.map(key)];
  return { added: without(after, present, old), removed: without(before, old, present) };
}

function without<T>(all: readonly T[], keys: readonly string[], known: readonly string[]): T[] {
  const counts = new Map<string, number>();
  for (const key of known) counts.set(key, (counts.get(key) ?? 0) + 1);
  return all.filter((_, index) => {
    const key = keys[index] as string;
    const left = counts.get(key) ?? 0;
    counts.set(key, left - 1);
    return left <= 0;
  });
}
