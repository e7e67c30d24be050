import { readFileSync } from "node:fs";
import path from "node:path";
import { faultPlan } from "@microservice-identities/local-azure/faults";
import { waiverFile } from "@microservice-identities/review/waivers";
import { compile } from "@microservice-identities/test-support/compile";
import { projectFolder, runCommand } from "@microservice-identities/test-support/processes";
import { check } from "@microservice-identities/validation/problems";
import { parse } from "yaml";
import type { z } from "zod";
import { readSettings as readBootstrap } from "../../bootstrap/settings";
import { parseLandscape } from "../../components/landscapeDefinition";
import { readSettings } from "../../stacks/settings";
import { pages, type Snippet, snippetsOf } from "./pages";

jest.setTimeout(240_000);

// What these tests cannot prove: that a command of another tool (pulumi, git, npm) does what the page says, and that a
// snippet works in a language other than TypeScript, YAML or the shell. These tests run no commands; tests/cli runs them.

const snippets = pages.flatMap(snippetsOf);
const inLanguage = (language: string): Snippet[] => snippets.filter((snippet) => snippet.language === language);
const manifest = JSON.parse(readFileSync(path.join(projectFolder, "package.json"), "utf8"));

it("every snippet names a known language", () => {
  const known = ["ts", "yaml", "sh", "mermaid", "text", "python", "csharp"];
  expect(snippets.filter(({ language }) => !known.includes(language)).map(({ place }) => place)).toEqual([]);
});

it("every TypeScript snippet compiles as the file that it names, together with the other snippets of its page", () => {
  const problems = pages.flatMap((page) => {
    const files = new Map(
      snippetsOf(page)
        .filter(({ language }) => language === "ts")
        .map(({ file, code }, index) => [path.join(projectFolder, file ?? `example${index}.ts`), code]),
    );
    return files.size === 0 ? [] : problemsOfSources(files).map((problem) => `${page}: ${problem}`);
  });
  expect(problems).toEqual([]);
});

it("a landscape that calls a role that does not exist would not compile", () => {
  const [snippet] = snippetsOf("README.md").filter(({ language }) => language === "ts");
  const code = snippet?.code.replace('roles: ["Ledger.Write"]', 'roles: ["Ledger.Read"]') ?? "";
  expect(problemsOfSources(new Map([[path.join(projectFolder, "stacks/payments.ts"), code]]))).toEqual([
    `stacks/payments.ts: Type '"Ledger.Read"' is not assignable to type '"Ledger.Write"'.`,
  ]);
});

describe("YAML", () => {
  it.each(inLanguage("yaml").map((snippet) => [snippet.place, snippet] as const))("at %s is valid", (_, snippet) => {
    expect(problemsOfYaml(snippet)).toEqual([]);
  });

  it("with settings would not be valid without `config:`", () => {
    const code = "# Pulumi.prod.yaml\nservices:\n  orders:\n    revoked: { times: 1, reason: A reason. }\n";
    expect(problemsOfYaml({ place: "here", language: "yaml", code, file: "Pulumi.prod.yaml" })).toEqual([
      'the file has the key "services"; allowed: config',
    ]);
  });
});

describe("shell commands", () => {
  const lines = inLanguage("sh").flatMap(({ place, code }) =>
    code
      .split(/\n|&&|\||;/)
      .map((line) => ({ place, line: line.replace(/(^|\s)#.*/, "").trim() }))
      .filter(({ line }) => line !== ""),
  );
  const ofNpm = lines.flatMap(({ place, line }) => {
    const [, script, , options = ""] =
      /^npm (?:run (?:--silent )?)?(start|test|(?<=run (?:--silent )?)[\w:-]+)( -- (.*))?$/.exec(line) ?? [];
    return script === undefined
      ? []
      : [{ place, line, script, options: options.match(/(?<=^| )--?[a-z][\w-]*/g) ?? [] }];
  });

  it("use only npm scripts that exist", () => {
    expect(ofNpm.length).toBeGreaterThan(10);
    expect(ofNpm.filter(({ script }) => !(script in manifest.scripts))).toEqual([]);
    // The changelog names the commands of earlier versions.
    const inText = pages
      .filter((page) => page !== "CHANGELOG.md")
      .flatMap((page) =>
        [...readFileSync(path.join(projectFolder, page), "utf8").matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(
          ([, script = ""]) => `${page}: ${script}`,
        ),
      );
    expect(inText.filter((each) => !((each.split(": ")[1] as string) in manifest.scripts))).toEqual([]);
  });

  // The Pulumi CLI changes into the folder of --cwd before it opens a file.
  it("of pulumi in another folder write their files into the project's", () => {
    const files = lines.flatMap(({ place, line }) => {
      const [, file] = /^pulumi .*--cwd .*--file (\S+)/.exec(line) ?? [];
      return file === undefined ? [] : [{ place, file }];
    });
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter(({ file }) => !file.startsWith("../"))).toEqual([]);
  });

  const commands = [...new Set(ofNpm.filter(({ options }) => options.length > 0).map(({ script }) => script))];
  it.each(commands)("with npm run %s use only options that its --help lists", async (script) => {
    const { stdout } = await runCommand(script, "--help");
    const listed: string[] = stdout.match(/(?<=^ +|, )--?[a-z][\w-]*/gm) ?? [];
    const used = ofNpm.filter((each) => each.script === script);
    expect(used.filter(({ options }) => options.some((option) => !listed.includes(option)))).toEqual([]);
  });
});

/** Reads settings of the bootstrap in the form in which Pulumi passes them to the program. */
const readBootstrapSettings = (config: Record<string, unknown>) =>
  readBootstrap(
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        `bootstrap:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    "bootstrap",
    "prod",
  );

const problemsOfSources = (files: ReadonlyMap<string, string>): string[] =>
  compile(files).map(({ file, message }) => `${path.relative(projectFolder, file)}: ${message}`);

/** The file name of the snippet, or a key that only one kind of file has, decides how the snippet is checked. */
function problemsOfYaml({ file = "", code }: Snippet): string[] {
  const data = parse(code);
  if (/^Pulumi\.[\w-]+\.yaml$/.test(file)) return problemsOfSettings(data);
  if (/^bootstrap\/Pulumi\.[\w-]+\.yaml$/.test(file)) return problemsBy(() => readBootstrapSettings(data.config));
  // The examples have their own tests, so the snippet only has to be the same.
  if (file.startsWith("examples/"))
    return code === `# ${file}\n${readFileSync(path.join(projectFolder, file), "utf8")}` ? [] : [`is not ${file}`];
  if (file === "stacks/waivers.yaml") return problemsBySchema(waiverFile, data);
  if ("services" in data) return problemsBy(() => parseLandscape(data, file));
  if ("preset" in data || "faults" in data) return problemsBySchema(faultPlan, data);
  return ["no schema is known for this snippet: let its first line name the file, as in `# Pulumi.dev.yaml`"];
}

/** Adds the settings that the snippet omits, because they are in the rest of the file. */
function problemsOfSettings({ config, ...rest }: Readonly<Record<string, unknown>>): string[] {
  const unknown = Object.keys(rest).map((key) => `the file has the key "${key}"; allowed: config`);
  if (unknown.length > 0) return unknown;
  const whole = { location: "westeurope", rotation: { since: "2026-11-01" }, ...(config as object) };
  const flat = Object.fromEntries(
    Object.entries(whole).map(([key, value]) => [
      `shop:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return problemsBy(() => readSettings(flat, "shop", "dev"));
}

function problemsBy(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

function problemsBySchema(schema: z.ZodType, data: unknown): string[] {
  const checked = check(schema, data);
  return "data" in checked ? [] : checked.problems.map(({ text }) => text);
}
