import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { readYamlFile } from "../files";
import { prose, within } from "../schemas";

const schema = z.strictObject({
  title: prose(5),
  days: within({ least: 7, most: 90 }).default(90),
  items: z.array(z.strictObject({ name: z.string(), of: z.record(z.string(), z.strictObject({ size: z.int() })) })),
});

describe("a YAML file", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "yaml-"));
  const file = path.join(folder, "file.yaml");
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (text: string) => {
    writeFileSync(file, text);
    return readYamlFile(file, schema);
  };

  it("is read with defaults for missing values and with trimmed texts", () => {
    expect(read("title: ' a b '\nitems: []\n")).toEqual({ title: "a b", days: 90, items: [] });
  });

  it("that is not YAML is refused with the file, the line and the reason, but without its content", () => {
    expect(() => read("title: a\nsecret: hunter2: hunter3\n")).toThrow(
      new Error(
        `${file} has 1 problem:\n  line 2, column 9: not valid YAML: a second key in one line; begin a new line, or write the text with the colon in quotes`,
      ),
    );
  });

  it("that does not exist is refused with its name", () => {
    const missing = path.join(folder, "missing.yaml");
    expect(() => readYamlFile(missing, schema)).toThrow(
      new Error(`cannot read ${missing}: there is no such file; correct the path`),
    );
  });

  it("is refused with all problems at once, each with its place, the value and what is allowed", () => {
    expect(() =>
      read(
        "title: too long\ndays: 6\nitems:\n  - name: 1\n    of: {a: {size: 1.5, colour: red}}\n    colour: red\ncolour: red\n",
      ),
    ).toThrow(
      new Error(
        [
          `${file} has 7 problems:`,
          '  line 1: title is "too long"; allowed: text of 1 to 5 characters',
          "  line 2: days is 6; allowed: a whole number from 7 to 90",
          "  line 4: items[0].name is 1; allowed: text",
          "  line 5: items[0].of.a.size is 1.5; allowed: a whole number",
          "  line 5: items[0].of.a.colour is unknown; allowed here: size",
          "  line 6: items[0].colour is unknown; allowed here: name, of",
          "  line 7: colour is unknown; allowed here: title, days, items",
        ].join("\n"),
      ),
    );
  });
});
