import "./lateLoading";

import { DeploymentError } from "../../local/deployment/deployment";
import { type Evaluation, evaluate, type KnownStacks } from "./evaluate";

/** What the process says when it has ended. */
export type Evaluated = Evaluation | { readonly problems: readonly string[] };

// Only messages are passed on, and the SDK makes an error with a stack for whatever might fail: a tenth of the time.
Error.stackTraceLimit = 0;
process.setSourceMapsEnabled(false);

const [, , projectFolder = "", stack = ""] = process.argv;
process.once("message", (known: KnownStacks) => {
  evaluate(projectFolder, stack, known)
    .catch(
      (error: Error): Evaluated => ({ problems: error instanceof DeploymentError ? error.problems : [error.message] }),
    )
    .then((evaluated) => process.send?.(evaluated, () => process.exit()));
});
