/** The files of the project that differ between two revisions, and the content of both. */
export interface Tooling {
  readonly files: readonly ChangedFile[];
  /** The content of a file before the change. `undefined`: it does not exist. */
  before(path: string): string | undefined;
  /** The content of a file now. `undefined`: it does not exist. */
  now(path: string): string | undefined;
}

export interface ChangedFile {
  /** Relative to the project's folder, with slashes. */
  readonly path: string;
  /** What git records there before the change. `undefined`: nothing. */
  readonly before?: FileKind;
  /** What exists now. `undefined`: nothing. */
  readonly now?: FileKind;
  /** Other files whose paths differ only in case, or in how Unicode composes it. */
  readonly sameButCase?: readonly string[];
}

/** What git can record under a name. A submodule is a commit of another repository. */
export type FileKind = "file" | "symbolic link" | "submodule";
