import path from "node:path";
import { landscapePicture } from "@microservice-identities/review/report/landscapePicture";
import type { LandscapeDefinition } from "../components/landscapeDefinition";
import { landscapes } from "../stacks/landscapes";
import { command, exitCodeOf, runIfProgram } from "./command";
import { writeReport } from "./files";

/** The declared landscape, before anything is deployed. */
const pictureOf = ({ services }: LandscapeDefinition): Promise<string> =>
  landscapePicture(
    Object.keys(services),
    Object.entries(services).flatMap(([caller, { calls }]) =>
      Object.entries(calls ?? {}).map(([api, { roles }]) => ({ caller, api, roles })),
    ),
  );

async function draw(folder: string): Promise<number> {
  for (const [name, landscape] of Object.entries<LandscapeDefinition>(landscapes)) {
    const file = path.join(folder, `${name}.svg`);
    await writeReport(file, await pictureOf(landscape));
    console.log(`The declared landscape ${name}, as a picture: ${file}`);
  }
  return 0;
}

export const landscapePictureCommand = command("landscape-picture", {
  does: "Draws each landscape in stacks/landscapes.ts as an SVG.",
  exitCodes: { 0: "drawn", 2: "it could not run" },
  example: "npm run landscape-picture -- docs",
})
  .argument("[folder]", "the folder for the pictures; each has the name of its landscape", "docs")
  .action((folder: string) => exitCodeOf(draw(folder)));
runIfProgram(__filename, landscapePictureCommand);
