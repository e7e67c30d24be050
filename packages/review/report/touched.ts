import type { Review } from "../review";
import { changeLines, nothingChanges } from "./changeLines";

/** Whether a change of the project touches this stack. Without a comparison it counts as touched. */
export const isTouched = ({ change, newFindings }: Review): boolean =>
  !change || newFindings.length > 0 || changeLines(change)[0] !== nothingChanges;
