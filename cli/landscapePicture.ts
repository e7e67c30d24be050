import path from "node:path";
import { landscapePicture } from "@microservice-identities/review/report/landscapePicture";
import type { LandscapeDefinition } from "../components/landscapeDefinition";
import { landscapes } from "../stacks/landscapes";
import { command, exitCodeOf } from "./command";
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

command(
  "landscape-picture",
  "Draws each landscape in stacks/landscapes.ts as an SVG.\nExit codes: 0 drawn, 2 could not run.",
)
  .argument("[folder]", "the folder to write the pictures to, each with the name of its landscape", "docs")
  .action((folder: string) => exitCodeOf(draw(folder)))
  .parse();
