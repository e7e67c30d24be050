import { isManifest } from "./judgedFiles";
import { json } from "./lockFile";
import type { Tooling } from "./tooling";

/** A `package.json`. */
export type Manifest = Readonly<Record<string, unknown>>;

export interface ChangedManifest {
  readonly path: string;
  readonly before: Manifest;
  readonly now: Manifest;
}

/** Each `package.json` that the change touches. One that is not JSON has no content; npm does not accept it either. */
export const changedManifests = ({ files, before, now }: Tooling): ChangedManifest[] =>
  files
    .filter(({ path }) => isManifest(path))
    .map(({ path }) => ({ path, before: objectIn(before(path)), now: objectIn(now(path)) }));

export function objectIn(text: string | undefined): Manifest {
  const content = json(text);
  return typeof content === "object" && content !== null && !Array.isArray(content) ? (content as Manifest) : {};
}

const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/** The packages that a manifest asks for, by name, with the version or address of each. */
export const wantedBy = (manifest: Manifest): Readonly<Record<string, string>> =>
  Object.fromEntries(
    kinds.flatMap((kind) => {
      const wanted = manifest[kind];
      return typeof wanted === "object" && wanted !== null
        ? Object.entries(wanted).map(([name, version]) => [name, `${version}`])
        : [];
    }),
  );

/** A version or a range of versions. Everything else names a place: git, an address, a folder, another package. */
export const isVersion = (wanted: string): boolean =>
  /^[\d.^~<>=|*xX\s-]+(-[\w.]+)*$/.test(wanted) && /\d|\*/.test(wanted);
