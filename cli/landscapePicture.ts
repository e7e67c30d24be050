import { landscapePicture } from "@microservice-identities/review/report/landscapePicture";
import type { LandscapeDefinition } from "../components/landscapeDefinition";
import { shop } from "../stacks/shop";
import { command, exitCodeOf } from "./command";
import { writeReport } from "./files";

/** The declared landscape, before anything is deployed. */
export const pictureOf = ({ services }: LandscapeDefinition): Promise<string> =>
  landscapePicture(
    Object.keys(services),
    Object.entries(services).flatMap(([caller, { calls }]) =>
      Object.entries(calls ?? {}).map(([api, { roles }]) => ({ caller, api, roles })),
    ),
  );

async function draw(file: string): Promise<number> {
  await writeReport(file, await pictureOf(shop));
  console.log(`The declared landscape, as a picture: ${file}`);
  return 0;
}

if (require.main === module) {
  command("landscape-picture", "Draws the declared landscape as an SVG.\nExit codes: 0 drawn, 2 could not run.")
    .argument("[file]", "where to write the picture", "docs/shop.svg")
    .action((file: string) => exitCodeOf(draw(file)))
    .parse();
}
