import { editYaml } from "./editYaml";
import type { RoleEdit } from "./landscapeText";
import { unifiedDiff } from "./unifiedDiff";

/** Loaded late, with the TypeScript compiler, because a report without edits does not need it. */
const editTypeScript: typeof import("./editTypeScript").editTypeScript = (text, edit) =>
  (require("./editTypeScript") as typeof import("./editTypeScript")).editTypeScript(text, edit);

/** A file that declares a landscape, or a part of it. */
export interface LandscapeFile {
  /** Relative to the project, with `/`. */
  readonly name: string;
  readonly text: string;
}

/** The edit as a patch for `git apply`. @returns `undefined` if no file declares the call or the caller */
export function patchOf(files: readonly LandscapeFile[], edit: RoleEdit): string | undefined {
  const [patch] = patchesOf(files, [edit]);
  return patch;
}

/** All edits together: one patch for each file that changes. */
export function patchesOf(files: readonly LandscapeFile[], edits: readonly RoleEdit[]): string[] {
  const edited = new Map(files.map(({ name, text }) => [name, text]));
  for (const edit of edits)
    for (const [name, text] of edited) {
      const after = name.endsWith(".ts") ? editTypeScript(text, edit) : editYaml(text, edit);
      if (after === undefined) continue;
      edited.set(name, after);
      break;
    }
  return files.flatMap(({ name, text }) => {
    const after = edited.get(name) ?? text;
    return after === text ? [] : [unifiedDiff(name, text, after)];
  });
}
