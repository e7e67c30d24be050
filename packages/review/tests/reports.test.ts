import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { projectFolder } from "@microservice-identities/test-support/processes";
import Ajv2020 from "ajv/dist/2020";
import AjvDraft04 from "ajv-draft-04";
import type { Log } from "sarif";
import { Declarations } from "../declarations";
import { reviewJunit } from "../report/junit";
import { reviewSarif } from "../report/sarif";
import { type Review, review } from "../review";
import { rules } from "../rules";
import { reviewJson, reviewJsonSchema } from "../savedReview";
import { ofFile, ofSetting } from "../subject";
import type { Waivers } from "../waivers";
import { type Evaluated, evaluatedShop } from "./support/evaluatedShop";

jest.setTimeout(60_000);

const waivers: Waivers = {
  longestDays: 366,
  waivers: [
    {
      rule: "unused-role",
      subject: "ingest-dev Feeds.Write",
      accepts: "is granted to nobody",
      stack: "dev",
      reason: "It comes in January.",
      owner: "the ingest team",
      until: "2027-01-31",
    },
  ],
};
const unneeded: Waivers = {
  ...waivers,
  waivers: waivers.waivers.map((waiver) => ({ ...waiver, accepts: "was granted to nobody" })),
};
const schemaOf = (file: string) => JSON.parse(readFileSync(file, "utf8")) as object;

describe("the reports of a review", () => {
  let evaluated: Evaluated;
  let resources: readonly EvaluatedResource[];
  let result: Review;
  beforeAll(async () => {
    evaluated = await evaluatedShop();
    resources = evaluated.resources;
    result = review(resources, { today: "2026-11-25", waivers, before: { resources: [] } });
  });
  afterAll(() => evaluated.dispose());

  it("include SARIF that is valid according to the published schema, with each finding at the line that it is about", async () => {
    const fileAt = (name: string) => path.join(evaluated.folder, name);
    await writeFile(fileAt("package.json"), '{\n  "dependencies": {\n    "@pulumi/azure-native": "3.28.0"\n  }\n}\n');
    await writeFile(fileAt("Pulumi.dev.yaml"), "config:\n  location: westeurope\n  services: {}\n");
    const log = JSON.parse(reviewSarif(result, new Declarations(evaluated.folder, "dev"))) as Log;
    const schema = schemaOf(require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"));
    const isValid = new AjvDraft04({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);
    expect([isValid(log), isValid.errors]).toEqual([true, null]);

    const textAt = (name = "", line = 0) => readFileSync(fileAt(name), "utf8").split("\n")[line - 1]?.trim();
    const declared = log.runs[0]?.results?.map(({ ruleId, locations = [], suppressions = [] }) => {
      const { artifactLocation, region } = locations[0]?.physicalLocation ?? {};
      const uri = artifactLocation?.uri;
      return [ruleId, uri, textAt(uri, region?.startLine), suppressions.length];
    });
    expect(declared).toEqual([
      ["retired-api-version", "package.json", '"@pulumi/azure-native": "3.28.0"', 0],
      ["avoidable-secret", "Pulumi.dev.yaml", "services: {}", 0],
      ["uncalled-api", "stacks/shop.ts", "fulfillment: {", 0],
      ["unused-role", "stacks/shop.ts", '"Feeds.Write": { description: "Hand in a feed." },', 1],
    ]);
  });

  it.each([
    [
      ["ingest-dev", "inventory-dev", "Inventory.Write"],
      'inventory: { roles: ["Inventory.Write"], because: "A delivered feed',
    ],
    [["ingest-calls-inventory"], "ingest: {"],
    [["id-orders-dev", "orders-vault"], "orders: {"],
    [["orders-principal"], "orders: {"],
  ])("name the line that declares %j", (about, line) => {
    const { file, line: number } = new Declarations(evaluated.folder, "dev").placeOf(about);
    const found = readFileSync(path.join(evaluated.folder, file), "utf8").split("\n")[number - 1]?.trim();
    expect(found?.slice(0, line.length)).toBe(line);
  });

  it("name the line of a setting, with and without the project's name in its key", async () => {
    await writeFile(path.join(evaluated.folder, "Pulumi.dev.yaml"), "config:\n  shop:protect: true\n  vault: {}\n");
    const declarations = new Declarations(evaluated.folder, "dev");
    const placeOf = (key: string) => declarations.placeOf([], ofSetting(key).at);
    expect([placeOf("shop:protect"), placeOf("shop:vault"), placeOf("shop:production")]).toEqual([
      { file: "Pulumi.dev.yaml", line: 2 },
      { file: "Pulumi.dev.yaml", line: 3 },
      { file: "Pulumi.dev.yaml", line: 1 },
    ]);
    expect(placeOf("Pulumi.dev.yaml: config")).toEqual({ file: "Pulumi.dev.yaml", line: 1 });
    expect(placeOf("Pulumi.yaml: backend")).toEqual({ file: "Pulumi.yaml", line: 1 });
  });

  it("name the line of a waiver", async () => {
    const text = "waivers:\n  - rule: unused-role\n    subject: ingest-dev Feeds.Write\n";
    await writeFile(path.join(evaluated.folder, "stacks/waivers.yaml"), text);
    const [finding] = review(resources, { today: "2026-11-25", waivers: unneeded }).findings.filter(
      ({ rule }) => rule === "unused-waiver",
    );
    expect(new Declarations(evaluated.folder, "dev").placeOf(finding?.about ?? [], finding?.at)).toEqual({
      file: "stacks/waivers.yaml",
      line: 3,
    });
  });

  it("name the line of a key in a file of the project, or the first line if the key or the file does not exist", async () => {
    await writeFile(
      path.join(evaluated.folder, "tools.json"),
      '{\n  "name": "tools",\n  "scripts": {\n    "up": "tsx cli/up.ts"\n  }\n}\n',
    );
    const declarations = new Declarations(evaluated.folder, "dev");
    expect(
      [
        ofFile("tools.json", "scripts.up"),
        ofFile("tools.json", "scripts.down"),
        ofFile("tools.json"),
        ofFile("removed.json", "name"),
        ofFile("../tools.json"),
      ].map(({ names, at }) => declarations.placeOf(names, at)),
    ).toEqual([
      { file: "tools.json", line: 4 },
      { file: "tools.json", line: 1 },
      { file: "tools.json", line: 1 },
      { file: "removed.json", line: 1 },
      { file: "stacks/index.ts", line: 1 },
    ]);
  });

  it("include JSON that is valid according to the published schema", () => {
    const published = schemaOf(path.join(projectFolder, "docs/review.schema.json"));
    expect(published).toEqual(reviewJsonSchema());
    const isValid = new Ajv2020().compile(published);
    expect([isValid(JSON.parse(reviewJson(result))), isValid.errors]).toEqual([true, null]);
    expect(isValid({ ...JSON.parse(reviewJson(result)), model: undefined })).toBe(false);
  });

  it("refer to a page that describes each rule with its remedy, and then the findings about waivers", () => {
    const page = readFileSync(path.join(projectFolder, "docs/review-rules.md"), "utf8");
    for (const { rationale, remedy } of rules) expect(page).toContain(`${rationale}\n\nWhat to do: ${remedy}\n`);
    expect(page.match(/^## .*$/gm)).toEqual(
      [...rules.map(({ id }) => id), "new-waiver", "unused-waiver", "expired-waiver"].map((id) => `## ${id}`),
    );
  });

  it("include JSON that a later comparison can read", () => {
    const saved = JSON.parse(reviewJson(result)) as Review;
    const { change, newFindings } = review(resources, { today: "2026-11-25", waivers, before: { review: saved } });
    expect([change?.grants, newFindings]).toEqual([{ added: [], removed: [] }, []]);
  });

  it("include JUnit with one test per rule, and one failure per new finding", () => {
    const [one, two, three, ...lines] = reviewJunit({ ...result, newFindings: result.findings.slice(-1) }).split("\n");
    expect([one, two, three]).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites tests="${rules.length}" failures="1">`,
      `  <testsuite name="review of dev" tests="${rules.length}" failures="1">`,
    ]);
    const place = lines.findIndex((line) => line.includes('name="uncalled-api"'));
    expect(lines.slice(place, place + 3)).toEqual([
      '    <testcase classname="review.dev" name="uncalled-api">',
      '      <failure type="low" message="fulfillment-dev exposes roles, but nobody calls it">Remove the API&#39;s roles, or keep them if a caller is planned.</failure>',
      "    </testcase>",
    ]);
    expect(lines.filter((line) => line.includes("<failure"))).toHaveLength(1);
  });
});
