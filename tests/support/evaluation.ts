import { evaluate } from "../../policy/evaluation/evaluate";

/** Forked with a project's folder, a stack and by what the program is to be evaluated: the SDK's own Outputs, or ours. */
const [, , folder = "", stack = "", by] = process.argv;
void evaluate(folder, stack, {}, by === "the SDK" ? () => () => [] : undefined).then((evaluation) =>
  process.send?.(evaluation, () => process.exit()),
);
