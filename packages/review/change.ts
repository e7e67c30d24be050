import type { AccessModel, Grant } from "./accessModel";
import { reachIn } from "./reach";
import type { Finding } from "./rule";

export interface Difference<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

/** What a change lets whom do, and what no longer. */
export interface AccessChange {
  readonly services: Difference<string>;
  readonly roles: Difference<string>;
  readonly grants: Difference<Grant>;
  readonly readers: Difference<string>;
  readonly credentials: Difference<string>;
  /** What services could have changed through others, and not by a grant of their own. */
  readonly reach: Difference<string>;
}

export function changeBetween(before: AccessModel, after: AccessModel): AccessChange {
  const roles = (model: AccessModel) => model.roles.map(({ api, role }) => `${api} ${role}`);
  const readers = (model: AccessModel) =>
    model.readers.map(({ vault, reader, permissions }) => `${reader} at ${vault}: ${permissions.join(", ")}`);
  const credentials = (model: AccessModel) =>
    model.credentials.map(({ service, kind, name }) => `${service}: ${kind} ${name}`);
  return {
    services: difference(before.services, after.services, String),
    roles: difference(roles(before), roles(after), String),
    // The same grant for another reason is the same access.
    grants: difference(before.grants, after.grants, ({ caller, api, role }) => `${caller} ${api} ${role}`),
    readers: difference(readers(before), readers(after), String),
    credentials: difference(credentials(before), credentials(after), String),
    reach: reachBetween(before, after),
  };
}

/** The writes that services reach only through others, each with a shortest way. */
function reachBetween(before: AccessModel, after: AccessModel): Difference<string> {
  const indirect = (model: AccessModel) => {
    const reachOf = reachIn(model);
    return model.services.flatMap((service) =>
      reachOf(service)
        .filter(({ writes, isDirect }) => writes && !isDirect)
        .map((reach) => ({ what: `${service} reaches ${reach.api} ${reach.role}`, reach })),
    );
  };
  const text = ({ what, reach }: ReturnType<typeof indirect>[number]) =>
    `${what} through ${reach.path().slice(1, -1).join(" → ")}`;
  const { added, removed } = difference(indirect(before), indirect(after), ({ what }) => what);
  return { added: added.map(text), removed: removed.map(text) };
}

/** The findings that were not there before: only what got worse is the change's fault. */
export function newFindings(before: readonly Finding[], after: readonly Finding[]): Finding[] {
  const key = ({ rule, subject }: Finding) => `${rule} ${subject}`;
  const known = new Set(before.map(key));
  return after.filter((finding) => !known.has(key(finding)));
}

function difference<T>(before: readonly T[], after: readonly T[], key: (item: T) => string): Difference<T> {
  const [old, present] = [new Set(before.map(key)), new Set(after.map(key))];
  return {
    added: after.filter((item) => !old.has(key(item))),
    removed: before.filter((item) => !present.has(key(item))),
  };
}
