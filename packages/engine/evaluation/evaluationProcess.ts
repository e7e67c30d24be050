import "./lazySdkModules";

import { DeploymentError, reasonOf } from "../deployment/stack";
import { type Evaluation, evaluate, type KnownStacks } from "./evaluate";

/** What the process says when it has ended. */
export type Evaluated = Evaluation | { readonly problems: readonly string[] };

// Only messages are passed on; and the SDK asks for the stacks of a great many errors that nobody sees.
process.setSourceMapsEnabled(false);

const [, , projectFolder = "", stack = ""] = process.argv;
process.once("message", (known: KnownStacks) => {
  evaluate(projectFolder, stack, known)
    .catch((error): Evaluated => ({ problems: error instanceof DeploymentError ? error.problems : [reasonOf(error)] }))
    .then((evaluated) => process.send?.(evaluated, () => process.exit()));
});
