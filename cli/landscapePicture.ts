import path from "node:path";
import {
  type Arrow,
  landscapePicture,
  mostArrows,
  tooManyArrows,
} from "@microservice-identities/review/report/landscapePicture";
import type { LandscapeDefinition } from "../components/landscapeDefinition";
import { landscapes } from "../stacks/landscapes";
import { command, exitCodeOf, runIfProgram } from "./command";
import { writeReport } from "./files";

/**
 * Draws the declared landscapes, before anything is deployed.
 *
 * @returns a line for each landscape
 */
export async function drawnIn(folder: string, all: Readonly<Record<string, LandscapeDefinition>>): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, { services }] of Object.entries(all)) {
    const arrows = Object.entries(services).flatMap(([caller, { calls }]) =>
      Object.entries(calls ?? {}).map(([api, { roles }]): Arrow => ({ caller, api, roles })),
    );
    if (arrows.length > mostArrows) {
      lines.push(`The declared landscape ${name} is not drawn: ${tooManyArrows(arrows.length)}.`);
      continue;
    }
    const file = path.join(folder, `${name}.svg`);
    await writeReport(file, await landscapePicture(Object.keys(services), arrows));
    lines.push(`The declared landscape ${name}, as a picture: ${file}`);
  }
  return lines;
}

async function draw(folder: string): Promise<number> {
  for (const line of await drawnIn(folder, landscapes)) console.log(line);
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
