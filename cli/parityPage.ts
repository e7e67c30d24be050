import { writeFile } from "node:fs/promises";
import { currentParityPage, parityFile } from "@microservice-identities/local-azure/parity/index";
import { command, exitCodeOf, runIfProgram } from "./command";

async function run(): Promise<number> {
  await writeFile(parityFile, await currentParityPage());
  return 0;
}

export const parityPageCommand = command("parity-page", {
  does: "Regenerates packages/local-azure/PARITY.md, the list of the operations of Azure that the local Azure serves, from its routes and the recordings of Azure.",
  exitCodes: { 0: "written", 2: "it could not run" },
  example: "npm run parity-page",
}).action(() => exitCodeOf(run()));
runIfProgram(__filename, parityPageCommand);
