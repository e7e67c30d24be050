import { evaluate, type KnownStacks } from "@microservice-identities/engine/evaluation/evaluate";

/** Forked in the place of the evaluation's own process: the same, with the SDK as it is. */
const [, , folder = "", stack = ""] = process.argv;
process.once("message", async (known: KnownStacks) => {
  const evaluation = await evaluate(folder, stack, known, () => () => []);
  process.send?.(evaluation, () => process.exit());
});
