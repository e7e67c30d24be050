import { readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { pictureOf } from "../../cli/landscapePicture";
import { shop } from "../../stacks/shop";

it("draws the landscape that the README shows", async () => {
  expect(readFileSync(path.join(projectFolder, "docs/shop.svg"), "utf8")).toBe(await pictureOf(shop));
});
