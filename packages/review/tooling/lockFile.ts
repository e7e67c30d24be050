import { z } from "zod";
import type { Tooling } from "./tooling";

/** A package that npm installs, as `package-lock.json` records it. https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json */
export type LockedPackage = z.infer<typeof lockedPackage>;

const texts = z.record(z.string(), z.string());
const lockedPackage = z.looseObject({
  /** Only if it is not the name of its folder. */
  name: z.string().optional(),
  version: z.string().optional(),
  /** The address that it is downloaded from, or the folder that it is a link to. */
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  inBundle: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  dependencies: texts.optional(),
  devDependencies: texts.optional(),
  optionalDependencies: texts.optional(),
  peerDependencies: texts.optional(),
});

const lock = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), lockedPackage) });

export const lockFile = "package-lock.json";

/** The packages before and after a change, by their places, for example `node_modules/zod`; the project's own have no `node_modules`. */
export interface LockedPackages {
  readonly before: Readonly<Record<string, LockedPackage>>;
  readonly now: Readonly<Record<string, LockedPackage>>;
  /** The lock file of the change cannot be understood, so nothing is known of what it installs. */
  readonly isUnknown: boolean;
}

/** @returns nothing if the change does not touch the lock file */
export function lockedPackages({ files, before, now }: Tooling): LockedPackages | undefined {
  if (!files.some(({ path }) => path === lockFile)) return undefined;
  const installed = packagesIn(now(lockFile));
  return { before: packagesIn(before(lockFile)) ?? {}, now: installed ?? {}, isUnknown: installed === undefined };
}

export function packagesIn(text: string | undefined): Readonly<Record<string, LockedPackage>> | undefined {
  const parsed = lock.safeParse(json(text));
  return parsed.success ? parsed.data.packages : undefined;
}

/** The content of a JSON file. @returns `undefined` if it is not JSON */
export function json(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The name that code imports a package by: the part of its place after the last `node_modules/`. */
export const importedName = (place: string): string => place.split("node_modules/").at(-1) ?? place;

/** The project's own packages have a folder of the project as their place. */
export const isInstalled = (place: string): boolean => place.includes("node_modules/");
