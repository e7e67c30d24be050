import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { z } from "zod";
import { schema } from "../../stacks/settingsSchema";
import { rooms } from "../../tools/importRules";
import { pages, rowsOf, textOf } from "./pages";

// What these tests cannot prove: that the text beside a name is true. They prove that no name is missing, and that no name
// is outdated.

const json = (file: string) => JSON.parse(readFileSync(path.join(projectFolder, file), "utf8"));
/** The names in backticks at the beginning of the rows of a page's tables. */
const names = (page: string) => rowsOf(page).flatMap(([first = ""]) => /^`([^`]+)`/.exec(first)?.[1] ?? []);

it("docs/settings.md lists every setting", () => {
  expect(names("docs/settings.md").sort()).toEqual(keysOf(z.toJSONSchema(schema, { io: "input" })).sort());
});

it("docs/commands.md lists every script except those that npm runs itself", () => {
  const scripts = Object.keys(json("package.json").scripts).filter((name) => !["prepack", "postpack"].includes(name));
  const listed = names("docs/commands.md").map((command) => command.replace(/^npm (run )?/, ""));
  expect(listed.sort()).toEqual(scripts.sort());
});

it("docs/operations.md lists every error code of Entra for which the runtime has a remedy", () => {
  const known = readFileSync(path.join(projectFolder, "packages/runtime/entraCodes.ts"), "utf8").match(/AADSTS\d+/g);
  const listed = rowsOf("docs/operations.md").flatMap(([first = ""]) => first.match(/AADSTS\d+/g) ?? []);
  expect([...new Set(known)].filter((code) => !listed.includes(code))).toEqual([]);
});

it("docs/dependencies.md lists every package in a package.json except the project's own", () => {
  const manifests = [
    "package.json",
    ...readdirSync(path.join(projectFolder, "packages")).map((name) => `packages/${name}/package.json`),
  ].map(json);
  const asked = manifests.flatMap(({ dependencies, devDependencies, peerDependencies }) =>
    Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies }),
  );
  const others = [...new Set(asked)].filter((name) => !name.startsWith("@microservice-identities/"));
  expect(names("docs/dependencies.md").sort()).toEqual(others.sort());
});

it("docs/architecture.md draws exactly the imports that the rule allows, except for tests, examples, benchmarks and tools", () => {
  const left = ["bench", "examples", "tools", "packages/well-known/update"];
  const nameOf = (room: string) => room.replace("packages/", "");
  const allowed = Object.entries(rooms)
    .filter(([room]) => !left.includes(room))
    .flatMap(([room, { mayImport }]) =>
      mayImport.filter((other) => !left.includes(other)).map((other) => `${nameOf(room)} --> ${nameOf(other)}`),
    );
  const drawn = [...textOf("docs/architecture.md").matchAll(/^ {2}(\S+) --> (.*)$/gm)].flatMap(
    ([, room, others = ""]) => others.split(" & ").map((other) => `${room} --> ${other}`),
  );
  expect(drawn.sort()).toEqual(allowed.sort());
});

it("README.md has fewer than 200 lines", () => {
  expect(textOf("README.md").split("\n").length - 1).toBeLessThan(200);
});

it.each(pages)("%s links only to existing files and headings; files that a team edits are not checked", (page) => {
  const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const broken = links.filter(([, to = "", heading]) => {
    const target = path.posix.join(path.posix.dirname(page), to);
    // A team rewrites `stacks/`, and may use other file names.
    if (target.startsWith("stacks/")) return false;
    if (to !== "" && !existsSync(path.join(projectFolder, target))) return true;
    return heading !== undefined && !headingsOf(textOf(to === "" ? page : target)).includes(heading);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

/** The anchors that GitHub generates for headings: lower case, hyphens for spaces, no punctuation. */
const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

type Shape = z.core.JSONSchema._JSONSchema;

/** The full names of all settings, for example `vault.network.subnets`. `<name>` stands for a service. */
function keysOf(shape: Shape, prefix = ""): string[] {
  return Object.entries(propertiesOf(shape)).flatMap(([key, property]) => {
    const name = `${prefix}${key}`;
    const values = typeof property === "object" ? (property.additionalProperties ?? false) : false;
    if (Object.keys(propertiesOf(values)).length > 0) return keysOf(values, `${name}.<name>.`);
    return Object.keys(propertiesOf(property)).length > 0 ? keysOf(property, `${name}.`) : [name];
  });
}

const propertiesOf = (shape: Shape): Readonly<Record<string, Shape>> =>
  typeof shape === "object" ? (shape.properties ?? {}) : {};
