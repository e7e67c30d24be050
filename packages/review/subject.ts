import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { Grant, OfferedRole } from "./accessModel";

/** The subject of a finding. It is created only here and never parsed, because names can contain blanks. */
export interface Subject {
  /** The names in it, the declaring one first: a caller, an API, a role. */
  readonly names: readonly string[];
  /** For people and for waivers. Two different subjects never have the same text. */
  readonly text: string;
  /** Where to look. Default: where the names are declared. */
  readonly at?: Whereabouts;
}

/** A line of a file: that of the key, otherwise the first with the text, otherwise the first line. */
export interface Whereabouts {
  /** Relative to the project, with `/`. Default: the settings of the stack. */
  readonly file?: string;
  readonly key?: string;
  readonly text?: string;
}

type Of<T> = Pick<T, keyof T>;

export const ofGrant = ({ caller, api, role }: Pick<Grant, "caller" | "api" | "role">): Subject => ({
  names: [caller, api, role],
  text: `${inText(caller)} → ${inText(api)} ${lastWord(role)}`,
});

/** A caller and an API, without a role. */
export const ofCall = ({ caller, api }: Pick<Grant, "caller" | "api">): Subject => ({
  names: [caller, api],
  text: `${inText(caller)} → ${inText(api)}`,
});

export const ofRole = ({ api, role }: Of<OfferedRole>): Subject => ({
  names: [api, role],
  text: `${inText(api)} ${lastWord(role)}`,
});

export const ofReader = ({ reader, vault }: { readonly reader: string; readonly vault: string }): Subject => ({
  names: [reader, vault],
  text: `${inText(reader)} at ${inText(vault)}`,
});

/** A service, an API or an identity by its name. */
export const ofName = (name: string): Subject => ({ names: [name], text: inText(name) });

/** A file of the project, relative to it, or one key in the file. */
export const ofFile = (path: string, key?: string): Subject =>
  key === undefined
    ? { ...ofName(path), at: { file: path } }
    : { names: [path, key], text: inText(`${path}: ${key}`), at: { file: path, key } };

/** A setting of the stack, or one that the review reads from a file, as in `Pulumi.dev.yaml: secretsprovider`. */
export function ofSetting(name: string): Subject {
  const [, file, key = name] = /^(\S+\.yaml): (.+)$/.exec(name) ?? [];
  return { ...ofName(name), at: { key, ...(file === undefined ? {} : { file }) } };
}

/** A folder in which a lock file installs a package. */
export const ofInstalled = (lockFile: string, place: string): Subject => ({
  names: [lockFile, place],
  text: inText(place),
  at: { file: lockFile, key: place },
});

/** A resource by the name that the program gives it. */
export const ofResource = ({ urn }: { readonly urn: string }): Subject => ofName(nameOf(urn));

/** A unique key for things with several names, whatever characters the names contain. */
export const keyOf = (...names: readonly string[]): string => JSON.stringify(names);

/** Quotes a name that could be read as several. */
const inText = (name: string): string => (/ → | at |^"|^$/.test(name) ? JSON.stringify(name) : name);

/** The name after the last blank. */
const lastWord = (name: string): string => (/\s|^"|^$/.test(name) ? JSON.stringify(name) : name);
