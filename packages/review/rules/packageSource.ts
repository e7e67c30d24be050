import type { Breach, Rule } from "../rule";
import { ofFile, ofInstalled } from "../subject";
import { isPatch, isShrinkwrap } from "../tooling/judgedFiles";
import {
  importedName,
  isInstalled,
  type LockedPackage,
  type LockedPackages,
  lockedPackages,
  lockFile,
  packagesIn,
} from "../tooling/lockFile";
import { changedManifests, isVersion, objectIn, wantedBy } from "../tooling/manifest";
import type { Tooling } from "../tooling/tooling";

export const packageSource: Rule = {
  id: "package-source",
  compares: true,
  severity: "high",
  rationale:
    "The program, the review and the providers consist of packages, and each runs with all rights of the process that loads it. A package that differs from the one that the registry publishes with this name and version can do anything, and the diff does not show this.",
  remedy:
    "Take the package from the registry: name a version in `package.json`, and let `npm install` write the lock file.",
  check: ({ tooling }) => {
    if (!tooling) return [];
    const locked = lockedPackages(tooling);
    return [
      ...(locked ? lockedElsewhere(locked) : []),
      ...wantedElsewhere(tooling),
      ...disagreements(tooling),
      ...tooling.files
        .filter(({ path, now }) => now && (isShrinkwrap(path) || isPatch(path)))
        .map(({ path }) => ({
          subject: ofFile(path),
          message: isShrinkwrap(path) ? `is read by npm instead of ${lockFile}` : "changes an installed package",
        })),
    ];
  },
};

function lockedElsewhere({ before, now, isUnknown }: LockedPackages): Breach[] {
  if (isUnknown)
    return [{ subject: ofFile(lockFile), message: "is not a lock file of version 3, so what it installs is unknown" }];
  const released = new Map(
    Object.entries(before).map(([place, installed]) => [releaseOf(place, installed), recordOf(installed)]),
  );
  const origins = new Set(Object.values(before).flatMap(({ resolved }) => originOf(resolved) ?? []));
  const folders = new Set(Object.keys(now).filter((place) => !isInstalled(place)));
  return Object.entries(now).flatMap(([place, installed]): Breach[] => {
    const old = before[place];
    if (!isInstalled(place) || (old && recordOf(old) === recordOf(installed) && old.version === installed.version))
      return [];
    const record = released.get(releaseOf(place, installed));
    const why =
      whyElsewhere(place, installed, origins, folders) ??
      (old && !old.link && installed.link ? `was a package, and is now a link to ${installed.resolved}` : undefined) ??
      (old && nameOf(place, old) !== nameOf(place, installed)
        ? `was the package ${nameOf(place, old)}, and is now ${nameOf(place, installed)}`
        : undefined) ??
      (record !== undefined && record !== recordOf(installed)
        ? `is not the ${installed.version} that was installed before: the lock file has other values for the same version`
        : undefined);
    return why === undefined ? [] : [{ subject: ofInstalled(lockFile, place), message: why }];
  });
}

const registry = "https://registry.npmjs.org";

function whyElsewhere(
  place: string,
  installed: LockedPackage,
  origins: ReadonlySet<string>,
  folders: ReadonlySet<string>,
): string | undefined {
  const { link, resolved, integrity, inBundle } = installed;
  if (link)
    return folders.has(resolved ?? "") ? undefined : `is a link to ${resolved}, which is not a package of the project`;
  // It is in the archive of the package around it.
  if (inBundle && place.split("node_modules/").length > 2 && resolved === undefined) return undefined;
  if (!/^sha512-[\w+/]{86}==$/.test(integrity ?? "")) return `has no SHA-512 digest (${integrity ?? "none"})`;
  if (resolved === undefined) return undefined;
  const name = nameOf(place, installed);
  const archive = `/${name}/-/${name.split("/").at(-1)}-${installed.version}.tgz`;
  const origin = originOf(resolved);
  const isKnown = origin !== undefined && (origin === registry || origins.has(origin));
  return isKnown && resolved.endsWith(archive) ? undefined : `is downloaded from ${resolved}`;
}

function originOf(resolved: string | undefined): string | undefined {
  if (resolved === undefined || !URL.canParse(resolved)) return undefined;
  const { protocol, origin, username } = new URL(resolved);
  return protocol === "https:" && username === "" ? origin : undefined;
}

const nameOf = (place: string, { name }: LockedPackage): string => name ?? importedName(place);

const releaseOf = (place: string, installed: LockedPackage): string =>
  `${nameOf(place, installed)}@${installed.version}`;

/** What a registry publishes once for each version. Which packages need it, and where they find it, can differ. */
const recordOf = ({
  name,
  integrity,
  link,
  inBundle,
  hasInstallScript,
  dependencies,
  optionalDependencies,
  resolved,
  ...rest
}: LockedPackage): string =>
  JSON.stringify([
    integrity,
    link,
    inBundle,
    hasInstallScript,
    sorted(dependencies),
    sorted(optionalDependencies),
    link ? resolved : "",
    rest.bin,
  ]);

const sorted = (values: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries(values)
    .map((pair) => pair.join("@"))
    .sort();

/** The entries of manifests that do not name a version: git, an address, a folder, another package's name, a tag. */
const wantedElsewhere = (tooling: Tooling): Breach[] =>
  changedManifests(tooling).flatMap(({ path, before, now }) => [
    ...Object.entries(wantedBy(now))
      .filter(([name, wanted]) => !isVersion(wanted) && wantedBy(before)[name] !== wanted)
      .map(([name, wanted]) => ({ subject: ofFile(path, name), message: `comes from ${wanted}` })),
  ]);

/** Where the lock file and the manifests say different things. npm refuses it too, but other package managers do not. */
function disagreements({ files, now }: Tooling): Breach[] {
  const packages = packagesIn(now(lockFile));
  if (!packages || !files.some(({ path }) => path === lockFile || path.endsWith("package.json"))) return [];
  return Object.entries(packages)
    .filter(([place]) => !isInstalled(place))
    .flatMap(([folder, locked]): Breach[] => {
      const path = folder === "" ? "package.json" : `${folder}/package.json`;
      const [wanted, recorded] = [wantedBy(objectIn(now(path))), wantedBy(locked)];
      return Object.keys({ ...wanted, ...recorded })
        .filter((name) => wanted[name] !== recorded[name] || isOtherVersion(packages, folder, name, wanted[name] ?? ""))
        .map((name) => ({
          subject: ofFile(path, name),
          message: `asks for ${wanted[name] ?? "nothing"}, and ${lockFile} installs ${
            wanted[name] === recorded[name]
              ? installedFor(packages, folder, name)?.version
              : (recorded[name] ?? "nothing")
          }`,
        }));
    });
}

/** The package that code in a folder gets: Node looks in the folder's own `node_modules` first. */
const installedFor = (packages: Readonly<Record<string, LockedPackage>>, folder: string, name: string) =>
  packages[`${folder}/node_modules/${name}`] ?? packages[`node_modules/${name}`];

/** Only exact versions can be compared without knowing npm's ranges. */
function isOtherVersion(
  packages: Readonly<Record<string, LockedPackage>>,
  folder: string,
  name: string,
  wanted: string,
): boolean {
  const installed = installedFor(packages, folder, name);
  return /^\d+\.\d+\.\d+/.test(wanted) && installed !== undefined && !installed.link && installed.version !== wanted;
}
