import { capped } from "../capped";
import type { Altered } from "../change";
import { importedName, isInstalled, type LockedPackage, lockedPackages } from "./lockFile";
import type { Tooling } from "./tooling";

/** All versions that a change installs or no longer installs, in one line: an update can bring hundreds of packages. */
export function packageLine(tooling: Tooling): Altered[] {
  const locked = lockedPackages(tooling);
  if (!locked) return [];
  const [before, now] = [versionsIn(locked.before), versionsIn(locked.now)];
  const gone = [...before].filter((each) => !now.has(each));
  const added = [...now].filter((each) => !before.has(each));
  return gone.length + added.length > 0 ? [{ what: "packages", from: shortened(gone), to: shortened(added) }] : [];
}

const versionsIn = (packages: Readonly<Record<string, LockedPackage>>): Set<string> =>
  new Set(
    Object.entries(packages)
      .filter(([place]) => isInstalled(place))
      .map(([place, { version, resolved }]) => `${importedName(place)} ${version ?? resolved ?? ""}`.trimEnd())
      .sort(),
  );

const mostNames = 4;
const shortened = (names: readonly string[]): string =>
  names.length === 0 ? "none" : capped(names, mostNames).join(", ");
