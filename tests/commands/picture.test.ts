import { readFileSync } from "node:fs";
import path from "node:path";
import { pictureOf } from "../../commands/picture";
import { shop } from "../../stacks/shop";
import { projectFolder } from "../support/processes";

it("draws the landscape that the README shows", async () => {
  expect(readFileSync(path.join(projectFolder, "docs/shop.svg"), "utf8")).toBe(await pictureOf(shop));
});
