import { readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder, run } from "@microservice-identities/test-support/processes";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental/provider";
import { parse } from "yaml";
import { ApplicationPermissionGrant } from "../../plugin/applicationPermissionGrant";
import { AppRegistration } from "../../plugin/appRegistration";
import { Landscape } from "../../plugin/landscape";

jest.setTimeout(60_000);

// What these tests cannot prove: that the generated SDKs compile. The CLI generates them with plugins for each language.

const folder = path.join(projectFolder, "examples/plugin");
const textOf = (file: string) => readFileSync(path.join(folder, file), "utf8");

interface Property {
  readonly $ref?: string;
  readonly type?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
}
interface ObjectType {
  readonly properties?: Readonly<Record<string, Property>>;
  readonly inputProperties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
  readonly requiredInputs?: readonly string[];
}
interface Schema {
  readonly resources: Readonly<Record<string, ObjectType>>;
  readonly types: Readonly<Record<string, ObjectType>>;
}

describe("the programs for the plugin", () => {
  let schema: Schema;
  beforeAll(async () => {
    const provider = new ComponentProvider({
      name: "microservice-identities",
      dirname: path.join(projectFolder, "plugin"),
      components: [Landscape, AppRegistration, ApplicationPermissionGrant],
    });
    schema = JSON.parse(await provider.getSchema());
  });
  const landscape = () => schema.resources["microservice-identities:index:Landscape"] ?? {};

  /** The keys that a value lacks or that its type does not have, and values of a wrong type. */
  function problems(value: unknown, type: Property, place: string): string[] {
    if (type.items) return (value as unknown[]).flatMap((each) => problems(each, type.items as Property, place));
    if (type.additionalProperties)
      return Object.entries(value as object).flatMap(([key, each]) =>
        problems(each, type.additionalProperties as Property, `${place}.${key}`),
      );
    if (type.$ref) return objectProblems(value as object, schema.types[type.$ref.replace("#/types/", "")] ?? {}, place);
    return typeof value === type.type ? [] : [`${place} is not a ${type.type}`];
  }
  function objectProblems(value: object, type: ObjectType, place: string): string[] {
    const known = type.inputProperties ?? type.properties ?? {};
    const required = type.requiredInputs ?? type.required ?? [];
    return [
      ...required.filter((name) => !(name in value)).map((name) => `${place}.${name} is missing`),
      ...Object.entries(value).flatMap(([name, each]) =>
        known[name] ? problems(each, known[name], `${place}.${name}`) : [`${place}.${name} is unknown`],
      ),
    ];
  }

  it("match the schema in YAML", () => {
    const { resources, packages } = parse(textOf("yaml/Pulumi.yaml"));
    expect(path.resolve(folder, "yaml", packages["microservice-identities"])).toBe(path.resolve(projectFolder));
    expect(resources.shop.type).toBe("microservice-identities:Landscape");
    expect(objectProblems(resources.shop.properties, landscape(), "shop")).toEqual([]);
    // The check itself works: it reports a wrong program.
    const wrong = { ...resources.shop.properties, colour: "red", location: 1 };
    expect(objectProblems({ ...wrong, rotation: {} }, landscape(), "shop").sort()).toEqual([
      "shop.colour is unknown",
      "shop.location is not a string",
      "shop.rotation.since is missing",
    ]);
  });

  /** The names of inputs and types in an SDK, in the spelling of its language. */
  const namesIn = (spelled: (name: string) => string): Set<string> => {
    const objects = [...Object.values(schema.types), landscape()];
    const types = Object.keys(schema.types).map((type) => `${type.split(":").at(-1)}`);
    return new Set([
      ...objects.flatMap(({ inputProperties, properties }) =>
        Object.keys(inputProperties ?? properties ?? {}).map(spelled),
      ),
      ...types.flatMap((type) => [`${type}Args`, `${type}Map`]),
      "LandscapeArgs",
    ]);
  };
  const pascal = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`;

  it.each<[string, string, (name: string) => string, RegExp]>([
    [
      "Python",
      "python/__main__.py",
      (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      /\b([a-z_]+)=|identities\.(\w+Args)\b/g,
    ],
    ["Go", "go/main.go", pascal, /[\t{]([A-Z]\w+): |identities\.(\w+(?:Args|Map))\b/gm],
    ["C#", "csharp/Program.cs", pascal, /[ {]([A-Z]\w+) =[ \n]|\b([A-Z]\w+Args)\b/gm],
  ])("use in %s only names of the schema, and all required ones", (_language, file, spelled, names) => {
    const known = namesIn(spelled);
    const used = [...textOf(file).matchAll(names)].flatMap(([, one, other]) => one ?? other ?? []);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
    for (const required of [...(landscape().requiredInputs ?? []), "since", "description", "roles", "because"])
      expect(used).toContain(spelled(required));
  });

  it("can be parsed in Python", async () => {
    const code = "import ast, sys; ast.parse(open(sys.argv[1]).read())";
    const parsed = await run("python3", ["-c", code, path.join(folder, "python/__main__.py")], {}).catch(
      () => undefined,
    );
    // Without Python on the machine, nothing is checked.
    if (parsed) expect([parsed.code, parsed.stderr]).toEqual([0, ""]);
  });
});
