import type { AccessModel } from "../accessModel";

/** Undeclared access that an audit finds, as parts of an access model. */
export type FoundAccess = Partial<Pick<AccessModel, "grants" | "readers" | "credentials" | "rights">>;

/** The access model of a stack, with the undeclared access that an audit found. */
export const withFound = (model: AccessModel, found: readonly FoundAccess[]): AccessModel => ({
  ...model,
  grants: [...model.grants, ...found.flatMap(({ grants = [] }) => grants)],
  readers: [...model.readers, ...found.flatMap(({ readers = [] }) => readers)],
  credentials: [...model.credentials, ...found.flatMap(({ credentials = [] }) => credentials)],
  rights: [...model.rights, ...found.flatMap(({ rights = [] }) => rights)],
});
