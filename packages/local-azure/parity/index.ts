import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type KnownDifference, parityPage, type RecordedExchanges } from "./parityPage";
import { servedOperations } from "./servedOperations";

const recordings = path.join(__dirname, "../tests/recordings");
export const parityFile = path.join(__dirname, "../PARITY.md");

/** The page for the current routes and recordings. */
export async function currentParityPage(): Promise<string> {
  const read = (name: string) => JSON.parse(readFileSync(path.join(recordings, name), "utf8"));
  const differences: KnownDifference[] = read("differences.json");
  const names = readdirSync(recordings).filter((name) => name !== "differences.json");
  const recorded = names.map((name): RecordedExchanges => ({ name, ...read(name) }));
  return parityPage(await servedOperations(), recorded, differences);
}
