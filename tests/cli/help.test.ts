import { readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { rowsOf } from "../docs/pages";
import { commands as productCommands } from "./commands";
import { developerCommands } from "./developerCommands";

// What these tests cannot prove: that a command does what its help says.

const { scripts } = JSON.parse(readFileSync(path.join(projectFolder, "package.json"), "utf8"));
const commands = { ...productCommands, ...developerCommands };
const helpOf = (name: string): string => {
  const command = commands[name];
  let text = "";
  command?.configureOutput({ writeOut: (part) => (text += part) });
  command?.outputHelp();
  return text;
};

it("every npm script that runs a program outside tools/ is in the list of commands for these tests", () => {
  const names = Object.entries<string>(scripts).flatMap(([name, script]) =>
    /^node --import tsx (?!tools\/)/.test(script) ? name : [],
  );
  expect(Object.keys(commands).sort()).toEqual(names.sort());
});

describe.each(Object.keys(commands))("the help of %s", (name) => {
  const help = helpOf(name);
  const { example, does } =
    /^(?<usage>Usage: .*)\n\n(?<does>[\s\S]*?)\n\n[\s\S]*\n\nExample:\n {2}(?<example>.*)\n$/.exec(help)?.groups ?? {
      example: "",
      does: "",
    };

  it("fits into 80 columns, and wraps each paragraph once", () => {
    const isExample = (line: string) => line.trim() === example;
    expect(help.split("\n").filter((line) => line.length > 80 && !isExample(line))).toEqual([]);
    // Text that is wrapped twice has short lines in the middle of a paragraph.
    const lines = does?.split("\n") ?? [];
    const wrappedTooEarly = lines.filter((line, index) => {
      const next = lines[index + 1]?.split(" ")[0];
      return next !== undefined && line.length + 1 + next.length <= 79;
    });
    expect(wrappedTooEarly).toEqual([]);
  });

  it("describes the command in full sentences, and begins with a verb", () => {
    const sentence = does?.replaceAll("\n", " ");
    expect(sentence).toMatch(/^[A-Z][a-z]+s [\s\S]*\.$/);
  });

  it("lists the exit codes: 0 and 2, and 1 for a command that can find problems", () => {
    const codes = [...help.matchAll(/^ {2}(\d) {2}\S.*$/gm)].map(([, code]) => code);
    expect([
      ["0", "1", "2"],
      ["0", "2"],
    ]).toContainEqual(codes);
  });

  it("has an example of this command that uses only existing options", () => {
    const called = name === "start" ? "npm start" : `npm run (--silent )?${name}`;
    expect(example).toMatch(new RegExp(`^(pulumi stack output --json \\| )?${called}( -- .*)?$`));
    const options = example?.split(" -- ")[1]?.match(/(?<=^| )--?[a-z][\w-]*/g) ?? [];
    expect(options.filter((option) => !help.includes(`${option} `) && !help.includes(`${option}\n`))).toEqual([]);
  });

  it("describes each option and argument with a fragment: no capital at the start, no full stop at the end", () => {
    const command = commands[name];
    const texts = [...(command?.options ?? []), ...(command?.registeredArguments ?? [])].map(
      ({ description }) => description,
    );
    expect(texts.filter((text) => !/^([a-z]|Markdown)[\s\S]*[^.]$/.test(text))).toEqual([]);
  });
});

it("docs/commands.md describes each command: it begins with a verb, and ends without a full stop", () => {
  const rows = rowsOf("docs/commands.md").filter(([script = ""]) => /^`npm (run )?[\w:-]+`$/.test(script));
  expect(rows.filter(([, does = ""]) => !/^[a-z]+s,? .*[^.]$/.test(does))).toEqual([]);
  const listed = rows.map(([script = ""]) => /([\w:-]+)`$/.exec(script)?.[1]);
  expect(Object.keys(commands).filter((name) => !listed.includes(name))).toEqual([]);
});
