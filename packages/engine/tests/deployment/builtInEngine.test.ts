import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { BuiltInStack } from "../../deployment/builtInEngine";

// Each deployment runs its program in a separate process.
jest.setTimeout(60_000);

describe("the built-in engine", () => {
  let azure: TestAzure;
  let folder: string;
  let engine: BuiltInStack;
  beforeEach(async () => {
    azure = await startTestAzure();
    folder = await mkdtemp(path.join(tmpdir(), "program-"));
    engine = new BuiltInStack({ azure: azure.azure, projectFolder: folder, stack: "dev" });
    await symlink(path.join(projectFolder, "node_modules"), path.join(folder, "node_modules"));
    await mkdir(path.join(folder, "program"));
    await writeFile(
      path.join(folder, "Pulumi.yaml"),
      "name: small\nmain: program/\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
    );
    await writeFile(
      path.join(folder, "Pulumi.dev.yaml"),
      "config:\n  small:region: westeurope\n  zone: one\n  other:zone: two\n",
    );
  });
  afterEach(async () => {
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Deploys a program. @returns its outputs */
  const deploy = async (program: string) => {
    await writeFile(
      path.join(folder, "program", "index.js"),
      `const pulumi = require("@pulumi/pulumi");
       const { ApplicationOwner } = require("@pulumi/azuread/applicationOwner");
       const { RandomString } = require("@pulumi/random/randomString");
       ${program}`,
    );
    return (await engine.up()).outputs;
  };

  it("passes the program its settings, with or without the project's name as a prefix, and returns its outputs", async () => {
    const outputs = await deploy(`
      const word = new RandomString("word", { length: 5, special: false });
      exports.settings = ["region", "zone"].map((key) => new pulumi.Config().require(key));
      exports.other = new pulumi.Config("other").require("zone");
      exports.length = word.result.apply((text) => text.length);`);
    expect(outputs).toEqual({ settings: ["westeurope", "one"], other: "two", length: 5 });
  });

  it.each([
    [
      "a resource of an unknown type, and names the resource",
      'new ApplicationOwner("u", { applicationId: "/applications/a", ownerObjectId: "b" });',
      /^the deployment of stack dev failed:\n {2}u \(azuread:index\/applicationOwner:ApplicationOwner\): resources of type azuread:index\/applicationOwner:ApplicationOwner need a Pulumi CLI; /,
    ],
    ...Object.entries({
      import: '{ import: "word" }',
      replacementTrigger: "{ replacementTrigger: 2 }",
      replaceOnChanges: '{ replaceOnChanges: ["length"] }',
    }).map(([option, options]): [string, string, RegExp] => [
      `the resource option ${option}, which it does not support`,
      `new RandomString("word", { length: 5, special: false }, ${options});`,
      new RegExp(`the resource option ${option} needs a Pulumi CLI`),
    ]),
    [
      "an error of the program",
      'throw Object.assign(new pulumi.RunError("settings are wrong"), { stack: "" });',
      /^the deployment of stack dev failed:\n {2}settings are wrong$/,
    ],
  ])("refuses %s", async (_case, program, message) => {
    await expect(deploy(program)).rejects.toThrow(message);
  });

  it("refuses an alias that renames a deployed resource, and ignores an alias of a resource that does not exist", async () => {
    const word = (name: string) =>
      `new RandomString("${name}", { length: 5, special: false }, { aliases: [{ name: "word" }, { name: "none" }] });`;
    await deploy(word("word"));
    await expect(deploy(word("words"))).rejects.toThrow(
      "words (random:index/randomString:RandomString): its alias names a deployed resource, word: renaming it needs a Pulumi CLI",
    );
  });
});
