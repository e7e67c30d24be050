import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BuiltInStack } from "../../../local/deployment/builtInEngine";
import type { ResourceEvent } from "../../../local/deployment/deployment";
import { startTestAzure, type TestAzure } from "../../support/azure";
import { projectFolder } from "../../support/processes";

// Each deployment runs its program in a process of its own.
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
    await writeFile(path.join(folder, "Pulumi.dev.yaml"), "config:\n  small:region: westeurope\n");
  });
  afterEach(async () => {
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Deploys a program. @returns what was done, as `operation name`, and the outputs */
  const deploy = async (program: string) => {
    await writeFile(
      path.join(folder, "program", "index.js"),
      `const pulumi = require("@pulumi/pulumi");
       const { ApplicationRegistration } = require("@pulumi/azuread/applicationRegistration");
       const { ApplicationIdentifierUri } = require("@pulumi/azuread/applicationIdentifierUri");
       const { ApplicationOwner } = require("@pulumi/azuread/applicationOwner");
       const { RandomString } = require("@pulumi/random/randomString");
       ${program}`,
    );
    const events: ResourceEvent[] = [];
    const { outputs } = await engine.up({ onResource: (event) => events.push(event) });
    return { done: events.map(({ operation, name }) => `${operation} ${name}`), outputs };
  };
  const failure = (...problems: string[]) =>
    new Error(["the deployment of stack dev failed:", ...problems.map((problem) => `  ${problem}`)].join("\n"));
  const applications = () => [...azure.azure.tenant.applications.values()].map(({ displayName }) => displayName).sort();

  const application = (displayName: string, more = "") =>
    `const app = new ApplicationRegistration("app", { displayName: "${displayName}" ${more} });`;
  const identifierUri = (word: string) => `new ApplicationIdentifierUri("uri", {
      applicationId: app.id, identifierUri: pulumi.interpolate\`api://${"$"}{app.clientId}/${word}\` });`;

  it("creates, leaves alone, updates, replaces and deletes", async () => {
    expect((await deploy(application("first") + identifierUri("first"))).done).toEqual(["create app", "create uri"]);
    expect((await deploy(application("first") + identifierUri("first"))).done).toEqual(["same app", "same uri"]);
    expect((await deploy(application("second") + identifierUri("first"))).done).toEqual(["update app", "same uri"]);
    expect((await deploy(application("second") + identifierUri("second"))).done).toEqual(["same app", "replace uri"]);
    const [deployed] = [...azure.azure.tenant.applications.values()].filter((a) => a.displayName === "second");
    expect(deployed?.identifierUris).toEqual([`api://${deployed?.appId}/second`]);
    expect((await deploy("")).done).toEqual(["delete uri", "delete app"]);
    expect(applications()).toEqual(["deployer"]);
  });

  it("gives the program its settings, and takes its outputs", async () => {
    const { outputs } = await deploy(`
      const word = new RandomString("word", { length: 5, special: false });
      exports.region = new pulumi.Config().require("region");
      exports.length = word.result.apply((text) => text.length);`);
    expect(outputs).toEqual({ region: "westeurope", length: 5 });
  });

  it("keeps what is protected, and says how to let it go", async () => {
    const kept = 'new RandomString("word", { length: 5, special: false }, { protect: true });';
    await deploy(kept);
    await expect(deploy("")).rejects.toEqual(
      failure("word is protected: take `protect` off in one deployment, and remove it in the next"),
    );
    expect((await deploy(kept)).done).toEqual(["same word"]);
  });

  it.each([
    [
      "a resource of a type that it does not know",
      'new ApplicationOwner("u", { applicationId: "/applications/a", ownerObjectId: "b" });',
      /^the deployment of stack dev failed:\n {2}u \(azuread:index\/applicationOwner:ApplicationOwner\): resources of type azuread:index\/applicationOwner:ApplicationOwner need a Pulumi CLI; known without one: /,
    ],
    [
      "a property that it does not know",
      'new RandomString("word", { length: 5, special: false, minLower: 2 });',
      /^the deployment of stack dev failed:\n {2}word \(random:index\/randomString:RandomString\): minLower: not known of /,
    ],
    [
      "a resource option that it would pass over",
      'new RandomString("word", { length: 5, special: false }, { ignoreChanges: ["length"] });',
      /the resource option ignoreChanges needs a Pulumi CLI/,
    ],
    [
      "two resources of one name",
      'new RandomString("word", { length: 5, special: false }); new RandomString("word", { length: 6, special: false });',
      /Duplicate resource URN 'urn:pulumi:dev::small::random:index\/randomString:RandomString::word'; try giving it a unique name/,
    ],
    [
      "an error of the program",
      'throw Object.assign(new pulumi.RunError("settings are wrong"), { stack: "" });',
      /^the deployment of stack dev failed:\n {2}settings are wrong$/,
    ],
  ])("refuses %s", async (_case, program, message) => {
    await expect(deploy(program)).rejects.toThrow(message);
  });

  it("keeps what was made before an error, and goes on from there", async () => {
    const broken = `${application("first")}
      app.id.apply(() => { new ApplicationOwner("u", { applicationId: "/applications/a", ownerObjectId: "b" }); });`;
    await expect(deploy(broken)).rejects.toThrow(/need a Pulumi CLI/);
    expect(applications()).toEqual(["deployer", "first"]);
    expect((await deploy(application("first"))).done).toEqual(["same app"]);
    await deploy("");
    expect(applications()).toEqual(["deployer"]);
  });

  it("says what Graph refused, and of which resource", async () => {
    await expect(deploy(application("first", ', signInAudience: "Everybody"'))).rejects.toThrow(
      /^the deployment of stack dev failed:\n {2}app \(azuread:index\/applicationRegistration:ApplicationRegistration\): .*signInAudience/,
    );
    expect(applications()).toEqual(["deployer"]);
  });
});
