import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "@microservice-identities/test-support/processes";
import { findPulumiCli } from "../../deployment/openStack";
import { readProject } from "../../deployment/project";
import { readStackConfig, readStackSettings } from "../../deployment/stackConfig";

jest.setTimeout(60_000);

const projectFile = `
name: proj
runtime: nodejs
config:
  fromProject: of the project
  proj:typed: { type: string, default: usual }
  typedInt: { type: integer, default: 7 }
  valued: { value: given }
  azuread:tenantId: { value: tenant }
  structured: { value: { a: 1, b: [x] } }
  list: { type: array, items: { type: string }, default: [a, b] }
  inBoth: of the project
  structuredDefault: { default: { z: 1 } }
`;
const stackFile = `
somethingElse: 3
common: &common { merged: of the common part, inBoth: of the common part, azuread:clientId: client }
config:
  <<: *common
  mergedInside: { <<: *common, more: 1 }
  binary: !!binary aGVsbG8=
  vault: { purgeProtection: false }
  proj:protect: true
  inBoth: of the stack
  azure-native:location: westeurope
  text: "true"
  fraction: 1.50
  octal: 017
  octalNow: 0o17
  binaryNumber: 0b11
  underscores: 1_000
  negative: -0x1f
  notOctal: 08
  long: 12345678901234567890
  date: 2027-01-01
  quoted: "2027-01-01"
  nothing: null
  proj:nested: { a: true, "b": [1, two], since: 2026-11-01 }
  proj:config:old: x
`;

/** The output of pulumi 3.260.0 for the two files: `pulumi config --json`. */
const byTheCli = {
  "azure-native:location": "westeurope",
  "azuread:clientId": "client",
  "azuread:tenantId": "tenant",
  "proj:binary": "hello",
  "proj:binaryNumber": "3",
  "proj:date": "2027-01-01 00:00:00 +0000 UTC",
  "proj:fraction": "1.5",
  "proj:fromProject": "of the project",
  "proj:inBoth": "of the stack",
  "proj:list": '["a","b"]',
  "proj:long": "12345678901234567890",
  "proj:merged": "of the common part",
  "proj:mergedInside":
    '{"azuread:clientId":"client","inBoth":"of the common part","merged":"of the common part","more":1}',
  "proj:nested": '{"a":true,"b":[1,"two"],"since":"2026-11-01 00:00:00 +0000 UTC"}',
  "proj:negative": "-31",
  "proj:notOctal": "8",
  "proj:nothing": "",
  "proj:octal": "15",
  "proj:octalNow": "15",
  "proj:old": "x",
  "proj:protect": "true",
  "proj:quoted": "2027-01-01",
  "proj:structured": '{"a":1,"b":["x"]}',
  "proj:structuredDefault": '{"z":1}',
  "proj:text": "true",
  "proj:typed": "usual",
  "proj:typedInt": "7",
  "proj:underscores": "1000",
  "proj:valued": "given",
  "proj:vault": '{"purgeProtection":false}',
};

const sorted = (config: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(config).sort(([one], [other]) => (one < other ? -1 : 1)));

describe("the settings of a stack", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "settings-"));
    await writeFile(path.join(folder, "Pulumi.yaml"), projectFile);
    await writeFile(path.join(folder, "Pulumi.dev.yaml"), stackFile);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("are the same as from the CLI: they include the project's defaults, and keys without a prefix get the project's name", async () => {
    expect(sorted(await readStackConfig(folder, "dev"))).toEqual(byTheCli);
  });

  const withCli = findPulumiCli() === undefined ? it.skip : it;
  withCli("are the same as those that the Pulumi CLI on the PATH prints", async () => {
    const env = {
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_HOME: path.join(folder, "home"),
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const expected = sorted(await readStackConfig(folder, "dev"));
    await run("pulumi", ["stack", "init", "dev", "--non-interactive"], { cwd: folder, env });
    const { stdout } = await run("pulumi", ["config", "--json", "--stack", "dev"], { cwd: folder, env });
    const printed = JSON.parse(stdout) as Record<string, { value: string }>;
    expect(sorted(Object.fromEntries(Object.entries(printed).map(([key, { value }]) => [key, value])))).toEqual(
      expected,
    );
    // The CLI has rewritten the file without changing its meaning.
    expect(sorted(await readStackConfig(folder, "dev"))).toEqual(expected);
  });

  it("are refused if there is another project file that the CLI would read instead", async () => {
    await writeFile(path.join(folder, "Pulumi.yml"), "name: other\nruntime: nodejs\n");
    expect((await readProject(folder)).name).toBe("proj");
    await writeFile(path.join(folder, "Pulumi.json"), '{"name":"other","runtime":"nodejs"}');
    await expect(readProject(folder)).rejects.toThrow(
      `${path.join(folder, "Pulumi.json")}: the Pulumi CLI reads this file instead of Pulumi.yaml; allowed: only Pulumi.yaml. Delete Pulumi.json`,
    );
  });

  it("are refused with a YAML directive, because readers that follow it read different values from the CLI", async () => {
    await writeFile(path.join(folder, "Pulumi.dev.yaml"), "# ours\n%YAML 1.1\n---\nconfig:\n  protect: yes\n");
    await expect(readStackSettings(folder, "dev")).rejects.toThrow(
      "Pulumi.dev.yaml begins with a YAML directive (%), which the CLI does not follow. Remove it",
    );
    await writeFile(path.join(folder, "Pulumi.dev.yaml"), "---\nconfig:\n  share: 50%\n  text: |\n    %YAML 1.1\n");
    expect((await readStackSettings(folder, "dev")).config["proj:share"]).toBe("50%");
  });

  const read = async (value: string) => {
    await writeFile(path.join(folder, "Pulumi.dev.yaml"), `config:\n  x: ${value}\n`);
    return (await readStackSettings(folder, "dev")).config["proj:x"];
  };
  it.each([
    ["2026-12-31", "2026-12-31 00:00:00 +0000 UTC"],
    ["2026-1-2", "2026-01-02 00:00:00 +0000 UTC"],
    ["2026-12-31 ", "2026-12-31 00:00:00 +0000 UTC"],
    ["2026-02-31", "2026-02-31"],
    ["2026-13-01", "2026-13-01"],
    ['"2026-12-31 "', "2026-12-31 "],
    ['"2026-12-31T23:59:59+14:00"', "2026-12-31T23:59:59+14:00"],
    ["31.12.2026", "31.12.2026"],
    ["20261231", "20261231"],
    // The CLI writes a day in this format.
    ["2026-12-31 00:00:00 +0000 UTC", "2026-12-31 00:00:00 +0000 UTC"],
  ])("contain the day %s as Go's YAML parser reads it", async (written, expected) => {
    expect(await read(written)).toBe(expected);
  });

  it.each(["2026-12-31T23:59:59+14:00", "2026-12-31 23:59:59", "2026-12-31T00:00:00Z", "2026-1-2 1:2:3 -5"])(
    "are refused with the time %s without quotes, because readers differ about it",
    async (written) => {
      const why = `line 2, column 6: "${written}" can be read as a time in different ways; write it in quotes`;
      await expect(read(written)).rejects.toThrow(why);
    },
  );

  it.each(["proj:x", "proj:config:x"])("are refused if they contain a setting both as x and as %s", async (other) => {
    const why = `Pulumi.dev.yaml: x and ${other} are the same setting, proj:x; allowed: one of them. Remove the other`;
    await expect(read(`1\n  ${other}: 2`)).rejects.toThrow(why);
  });

  it("that only the CLI can read are reported as unknown, and are refused if all settings are needed", async () => {
    await writeFile(
      path.join(folder, "Pulumi.dev.yaml"),
      "environment: [shared/azure]\nconfig:\n  plain: x\n  azuread:clientSecret: { secure: v1:abc }\n",
    );
    const { config, unknown } = await readStackSettings(folder, "dev");
    expect([config["proj:plain"], unknown]).toEqual([
      "x",
      {
        "azuread:clientSecret": "is encrypted, which only a Pulumi CLI can read",
        environment: "is imported from Pulumi ESC (shared/azure), which only a Pulumi CLI can read",
      },
    ]);
    await expect(readStackConfig(folder, "dev")).rejects.toThrow(
      "Pulumi.dev.yaml: azuread:clientSecret is encrypted, which only a Pulumi CLI can read",
    );
  });

  it("include everything else that affects a deployment: plugins, the runtime, the secrets provider", async () => {
    await writeFile(
      path.join(folder, "Pulumi.yaml"),
      `${projectFile}plugins: { providers: [{ name: azuread, path: ./bin }] }\n`,
    );
    await writeFile(
      path.join(folder, "Pulumi.dev.yaml"),
      "secretsprovider: passphrase\nencryptionsalt: v1:abc\nlater: 1\n",
    );
    expect((await readStackSettings(folder, "dev")).beside).toEqual({
      "Pulumi.yaml: runtime": '"nodejs"',
      "Pulumi.yaml: plugins": '{"providers":[{"name":"azuread","path":"./bin"}]}',
      "Pulumi.dev.yaml: secretsprovider": '"passphrase"',
      "Pulumi.dev.yaml: encryptionsalt": '"v1:abc"',
      "Pulumi.dev.yaml: later": "1",
    });
  });
});
