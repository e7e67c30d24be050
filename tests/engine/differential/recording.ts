import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Outcomes } from "./outcome";

/** The results with the real azuread provider, by the name of the plan. `npm run test:differential -- --record` writes them. */
export type RecordedOutcomes = Readonly<Record<string, Outcomes>>;

export const recordingFile = path.join(__dirname, "outcomes.json");

export const recordedOutcomes = (): RecordedOutcomes =>
  existsSync(recordingFile) ? JSON.parse(readFileSync(recordingFile, "utf8")) : {};
