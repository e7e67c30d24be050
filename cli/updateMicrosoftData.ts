import { updateMicrosoftData } from "@microservice-identities/well-known/update/index";
import { command, exitCodeOf, runIfProgram } from "./command";

async function run(folder: string | undefined): Promise<number> {
  await updateMicrosoftData(folder);
  return 0;
}

export const updateMicrosoftDataCommand = command("update-microsoft-data", {
  does: "Updates the ids, names and permissions of Microsoft's APIs and roles in packages/well-known/data, and prints what differs from before. It downloads the sources in packages/well-known/update/sources.ts, unless a folder with copies is given.",
  exitCodes: { 0: "updated", 2: "it could not run" },
  example: "npm run update-microsoft-data",
})
  .argument("[folder]", "a folder with copies of the sources' repositories")
  .action((folder: string | undefined) => exitCodeOf(run(folder)));
runIfProgram(__filename, updateMicrosoftDataCommand);
