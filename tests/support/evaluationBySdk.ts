import { evaluate, type KnownStacks } from "@microservice-identities/engine/evaluation/evaluate";

/** A test forks this file instead of the evaluation's own process. It evaluates with the unmodified SDK. */
const [, , folder = "", stack = ""] = process.argv;
process.once("message", async (known: KnownStacks) => {
  const evaluation = await evaluate(folder, stack, known, () => () => []);
  process.send?.(evaluation, () => process.exit());
});
