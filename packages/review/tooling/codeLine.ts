import { capped } from "../capped";
import type { Altered } from "../change";
import { isToolCode } from "./judgedFiles";
import type { Tooling } from "./tooling";

/**
 * The files of the program that a change touches, in one line: hooks, callbacks and timers can do something in a deployment that
 * no resource shows.
 */
export function codeLine({ files }: Tooling): Altered[] {
  const changed = files.map(({ path }) => path).filter(isProgram);
  if (changed.length === 0) return [];
  return [{ what: "code of the program", from: "", to: `changed in ${capped(changed, mostNames).join(", ")}` }];
}

const mostNames = 4;

/** Code, and what Node loads like code; the tools have a rule of their own. */
const isProgram = (path: string): boolean =>
  /\.([cm]?[jt]sx?|json|node|wasm|sh|py)$/.test(path) &&
  !isToolCode(path) &&
  !/^(docs|examples|bench|tests|tools)\/|(^|\/)(package(-lock)?|[tj]sconfig(\..+)?)\.json$/.test(path);
