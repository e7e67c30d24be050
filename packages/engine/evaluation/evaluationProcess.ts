import "../leanSdk";

import { DeploymentError, reasonOf } from "../deployment/stack";
import { type Evaluation, evaluate, type KnownStacks } from "./evaluate";

/** The message of the process when it ends. */
export type Evaluated = Evaluation | { readonly problems: readonly string[] };

// Stack traces are not needed, and the SDK creates a very large number of them.
process.setSourceMapsEnabled(false);

const [, , projectFolder = "", stack = ""] = process.argv;
process.once("message", (known: KnownStacks) => {
  evaluate(projectFolder, stack, known)
    .catch((error): Evaluated => ({ problems: error instanceof DeploymentError ? error.problems : [reasonOf(error)] }))
    .then((evaluated) => process.send?.(evaluated, () => process.exit()));
});
