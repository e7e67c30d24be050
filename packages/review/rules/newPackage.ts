import type { Breach, Rule } from "../rule";
import { ofFile, ofInstalled } from "../subject";
import { importedName, isInstalled, type LockedPackages, lockedPackages, lockFile } from "../tooling/lockFile";
import { changedManifests, wantedBy } from "../tooling/manifest";

export const newPackage: Rule = {
  id: "new-package",
  compares: true,
  severity: "medium",
  rationale:
    "A package runs with all rights of the process that loads it, in the pipelines too. Therefore somebody has to accept a new package, an older version (it may have known faults), or a package that runs an install script.",
  remedy: "Check who publishes the package and what it does, and explain in the pull request why it is needed.",
  check: ({ tooling }) => {
    if (!tooling) return [];
    const locked = lockedPackages(tooling);
    const known = new Set(Object.keys(locked?.before ?? {}).map(importedName));
    return [
      ...changedManifests(tooling).flatMap(({ path, before, now }) =>
        Object.entries(wantedBy(now))
          .filter(([name]) => !(name in wantedBy(before)) && !isOwn(name, locked))
          .map(([name, wanted]) => ({
            subject: ofFile(path, name),
            message: `is a new dependency (${wanted})${known.has(name) ? ", so far installed only for others" : ""}`,
          })),
      ),
      ...(locked ? installedOtherwise(locked) : []),
    ];
  },
};

/** A package of the project itself, whose code is part of the change. */
const isOwn = (name: string, locked: LockedPackages | undefined): boolean =>
  locked?.before[`node_modules/${name}`]?.link === true;

function installedOtherwise({ before, now }: LockedPackages): Breach[] {
  const scripted = new Set(
    Object.entries(before).flatMap(([place, { hasInstallScript }]) => (hasInstallScript ? [importedName(place)] : [])),
  );
  return Object.entries(now)
    .filter(([place]) => isInstalled(place))
    .flatMap(([place, { version, name, hasInstallScript }]): Breach[] => {
      const subject = ofInstalled(lockFile, place);
      const old = before[place];
      if (version !== undefined && old?.version !== undefined && isLower(version, old.version))
        return [{ subject, message: `was ${old.version}, and is now ${version}, which is older` }];
      if (hasInstallScript && !scripted.has(importedName(place)))
        return [{ subject, message: "runs a script when it is installed" }];
      return name !== undefined && !old ? [{ subject, message: `is the package ${name} under a different name` }] : [];
    });
}

/** Whether a version precedes another. A release follows its own previews. https://semver.org/#spec-item-11 */
export function isLower(version: string, other: string): boolean {
  const [one, two] = [version, other].map((text) => text.split("+")[0]?.split(/-(.*)/) ?? []);
  const order = compareParts(one?.[0] ?? "", two?.[0] ?? "");
  if (order !== 0) return order < 0;
  const [preview, otherPreview] = [one?.[1], two?.[1]];
  if (preview === undefined || otherPreview === undefined) return preview !== undefined && otherPreview === undefined;
  return compareParts(preview, otherPreview) < 0;
}

function compareParts(one: string, other: string): number {
  const [parts, others] = [one.split("."), other.split(".")];
  for (let index = 0; index < Math.max(parts.length, others.length); index++) {
    const [part = "", against = ""] = [parts[index], others[index]];
    const order = part.localeCompare(against, "en", { numeric: true });
    if (order !== 0) return order;
  }
  return 0;
}
