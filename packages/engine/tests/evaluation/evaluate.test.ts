import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { shopProject } from "@microservice-identities/test-support/project";
import type { Evaluation } from "../../evaluation/evaluate";
import { evaluateOffline } from "../../evaluation/evaluateOffline";

jest.setTimeout(60_000);

/** Features that other programs may use, but this project's own program does not. */
const unusual = `
import * as keyvault from "@pulumi/azure-native/keyvault";
class Store extends pulumi.ComponentResource {
  readonly key: pulumi.Output<string>;
  constructor(name: string, args: { wait: Promise<unknown> }, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Store", name, args, opts);
    this.key = new random.RandomUuid(name + "-key", {}, { parent: this }).result;
  }
  override async initialize({ wait }: { wait: Promise<unknown> }) {
    await wait;
    new random.RandomUuid(this.urn && "late", {}, { parent: this });
  }
}
const wait = new Promise((resolve) => setTimeout(resolve, 20));
const provider = new random.Provider("provider");
const store = new Store("store", { wait }, { providers: [provider] });
const first = new random.RandomString("first", { length: 8 }, { protect: true });
const vault = new keyvault.Vault("vault", {
  resourceGroupName: pulumi.interpolate\`group-\${first.result}\`,
  vaultName: wait.then(() => "vault"),
  properties: { sku: { family: "A", name: "standard" }, tenantId: first.id, accessPolicies: [undefined as never] },
}, { dependsOn: [store, first], hideDiffs: ["tags"], hooks: { afterCreate: [() => {}], beforeUpdate: [new pulumi.ResourceHook("told", () => {})] } });
new random.RandomUuid("second", {
  keepers: {
    uri: vault.properties.vaultUri,
    secret: pulumi.secret(store.key),
    resource: vault as never,
    component: store as never,
    json: pulumi.jsonStringify({ of: [first.result, store.urn] }),
    none: undefined as never,
    text: pulumi.runtime.serializeFunction(() => 1).then(({ text }) => text),
  },
}, { additionalSecretOutputs: ["result"], transformations: [({ props, opts }) => ({ props: { ...props, more: 1 }, opts })] });
const added: object[] = [];
new random.RandomString("added", { length: 1, keepers: added as never });
added.push({ uri: vault.properties.vaultUri }, ["one", , pulumi.secret(undefined)]);
const asked = pulumi.runtime.invokeOutput<{ id: string }>("azuread:index/getGroup:getGroup", {});
new random.RandomUuid("recovered", { keepers: { id: pulumi.recover(asked.id, () => "none") } });
new random.RandomUuid("merged", { keepers: { id: { ...(Object.freeze(first.result) as object) } } } as never);
class Box extends pulumi.ComponentResource {
  override async initialize() {
    new random.RandomUuid("inside", { keepers: { box: this.urn } }, { parent: this });
  }
}
(async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  new Box("test:index:Box", "box");
})();
pulumi.all([vault.id, store.key]).apply(([id]) => new random.RandomUuid("third", { keepers: { id } }, { parent: store }));
`;

describe("the evaluation of a program", () => {
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  async function projectOf(program: string): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), "project-"));
    folders.push(folder);
    for (const part of ["node_modules", "package.json", "tsconfig.json"])
      await symlink(path.join(projectFolder, part), path.join(folder, part));
    await writeFile(path.join(folder, "Pulumi.yaml"), "name: test\nmain: index.ts\nruntime: nodejs\n");
    await writeFile(path.join(folder, "Pulumi.dev.yaml"), "config: {}\n");
    const imports = ['import * as pulumi from "@pulumi/pulumi";', 'import * as random from "@pulumi/random";'];
    await writeFile(path.join(folder, "index.ts"), [...imports, program].join("\n"));
    return folder;
  }

  async function evaluated(folder: string, stack: string, by: "the SDK" | "us"): Promise<Evaluation> {
    const file = by === "us" ? "packages/engine/evaluation/evaluationProcess.ts" : "tests/support/evaluationBySdk.ts";
    const program = fork(path.join(projectFolder, file), [folder, stack], {
      cwd: folder,
      execArgv: ["--import", "tsx"],
      env: { ...process.env, PULUMI_NODEJS_ROOT_DIRECTORY: folder },
      serialization: "advanced",
    });
    program.send({});
    const [evaluation] = (await Promise.race([once(program, "message"), once(program, "close")])) as [Evaluation];
    for (const { dependencies = {} } of evaluation.resources)
      for (const urns of Object.values(dependencies)) (urns as string[]).sort();
    return evaluation;
  }

  it.each(["dev", "prod"])("has exactly the same result for %s as with the SDK's own Outputs", async (stack) => {
    const folder = await shopProject();
    folders.push(folder);
    const bySdk = await evaluated(folder, stack, "the SDK");
    expect(await evaluated(folder, stack, "us")).toEqual(bySdk);
    expect(bySdk.resources.length).toBeGreaterThan(100);
  });

  it("has the same result as with the SDK's Outputs for a program with unusual code", async () => {
    const folder = await projectOf(`${unusual}\nexport const uri = vault.properties.vaultUri;`);
    const bySdk = await evaluated(folder, "dev", "the SDK");
    expect(await evaluated(folder, "dev", "us")).toEqual(bySdk);
    expect(bySdk.resources.map(({ urn }) => urn.split("::")[3]).sort()).toEqual([
      ...["added", "box", "first", "inside", "late", "merged", "provider", "recovered", "second"],
      ...["settings", "store", "store-key", "test-dev", "third", "vault"],
    ]);
  });

  const readings: readonly (readonly [code: string, ...found: string[]])[] = [
    ["process.env.REGION", "environment variable REGION"],
    ['"REGION" in process.env', "environment variable REGION"],
    ["Object.keys(process.env)", "all environment variables"],
    ["const { env: { TIER = 1 } } = process", "environment variable TIER"],
    ['import { env } from "node:process"; [env.REGION]', "environment variable REGION"],
    ["setTimeout(() => process.env.LATER, 1)", "environment variable LATER"],
    ['require("@pulumi/azure-native/utilities").getEnv("REGION")', "environment variable REGION"],
    ["Date.now()", "the clock"],
    ["new Date().getDay()", "the clock"],
    ["Date()", "the clock"],
    ["performance.now()", "the clock"],
    ["process.hrtime.bigint()", "the clock"],
    ["Math.random()", "random values"],
    ['require("crypto").randomUUID()', "random values"],
    ["crypto.getRandomValues(new Uint8Array(1))", "random values"],
    ['import { hostname } from "node:os"; hostname()', "the machine"],
    ["process.platform", "process.platform"],
    ["process.argv.length", "process.argv"],
    ['import { existsSync } from "node:fs"; existsSync("/etc/hostname")', "file /etc/hostname"],
    ['require("fs").promises.readFile("/etc/hostname")', "file /etc/hostname"],
    ['require("node:child_process").execSync("true")', "the program true"],
    ['fetch("http://127.0.0.1:9").catch(() => {})', "the network"],
    ["pulumi.runtime.isDryRun()", "whether it is a preview"],
    // Operations that every program may use, so they are not reported.
    ["new Date(0).getTime()"],
    ['require("fs").readFileSync("Pulumi.yaml", "utf8")'],
    ['require("fs").existsSync(require.resolve("@pulumi/random/package.json"))'],
    ['new pulumi.Config().get("region")'],
    ['new random.RandomUuid("x")'],
    ['require("@pulumi/azuread").getClientConfigOutput()'],
    ["Object.keys({})"],
  ];
  it("reports what the program reads from its environment, and in which file", async () => {
    const folder = await projectOf("");
    const found = (code: string) => path.join(folder, `${readings.findIndex(([each]) => each === code)}.ts`);
    for (const [code] of readings)
      await writeFile(
        found(code),
        `import * as pulumi from "@pulumi/pulumi";\nimport * as random from "@pulumi/random";\n${code};\nvoid [pulumi, random];\n`,
      );
    await writeFile(path.join(folder, "index.ts"), readings.map((_, index) => `import "./${index}";`).join("\n"));
    const [settings] = (await evaluateOffline(folder, "dev")).filter(({ urn }) => urn.endsWith("::settings"));
    const inFiles = new Map(readings.map(([code]) => [path.basename(found(code)), [] as string[]]));
    for (const [key, value] of Object.entries(settings?.properties ?? {}))
      if (key.startsWith("read by the program: ")) {
        for (const file of `${value}`.split(", "))
          (inFiles.get(file) ?? []).push(key.replace("read by the program: ", ""));
      }
    expect(readings.map(([code]) => [code, ...(inFiles.get(path.basename(found(code))) ?? [])])).toEqual(readings);
  });

  it("reports lookups, providers, imports and the stack's outputs", async () => {
    const folder = await projectOf(`
import * as azuread from "@pulumi/azuread";
const found = (displayName: string) => azuread.getGroupOutput({ displayName }).objectId;
const provider = new random.Provider("mine");
new random.RandomUuid("looked-up", { keepers: { one: found("one"), same: found("one"), other: found("other") } }, {
  provider, import: "some-id", aliases: [{ name: "old" }, { type: "other:type:Of" }],
});
export const told = found("one");
export const hidden = pulumi.secret("x");
`);
    const resources = await evaluateOffline(folder, "dev");
    const named = (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`));
    const keepers = named("looked-up")?.properties.keepers as Record<string, string>;
    expect([keepers.one === keepers.same, keepers.one === keepers.other]).toEqual([true, false]);
    expect(named("looked-up")?.options).toEqual({ provider: "mine", import: "some-id", aliases: ['{"name":"old"}'] });
    expect(named("test-dev")).toMatchObject({ properties: { told: keepers.one, hidden: "x" }, secrets: ["hidden"] });
  });

  it("reports the options that differ from the SDK's defaults", async () => {
    const folder = await projectOf(`
import { version } from "@pulumi/random/package.json";
const first = new random.RandomUuid("first", {}, { version });
const migration = () => undefined;
new random.RandomUuid("second", {}, {
  hideDiffs: ["keepers"], replaceWith: [first], stateMigrations: [migration],
  hooks: { afterCreate: [() => {}, new pulumi.ResourceHook("told", () => {})], onError: [] },
  version: "4.0.0", deletedWith: first, replaceOnChanges: ["keepers"], deleteBeforeReplace: true,
  customTimeouts: { create: "1s" }, additionalSecretOutputs: ["result"], replacementTrigger: 2,
});
new pulumi.ComponentResource("test:index:Store", "store", {}, { protect: true });
new random.Provider("provider", {}, { envVarMappings: { OTHER_TENANT: "ARM_TENANT_ID" } });
`);
    const resources = await evaluateOffline(folder, "dev");
    const optionsOf = (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`))?.options;
    expect(["first", "second", "store", "provider"].map(optionsOf)).toEqual([
      undefined,
      {
        ...{ version: "4.0.0", deletedWith: "first", replaceOnChanges: ["keepers"], deleteBeforeReplace: true },
        ...{ customTimeouts: { create: "1s" }, additionalSecretOutputs: ["result"], replacementTrigger: "2" },
        ...{ hideDiffs: ["keepers"], replaceWith: ["first"], hooks: ["afterCreate", "afterCreate"] },
        stateMigrations: ["a function"],
      },
      { protect: true },
      { envVarMappings: { OTHER_TENANT: "ARM_TENANT_ID" } },
    ]);
  });

  it("ignores the options that affect only existing resources", async () => {
    const options = '{ aliases: [{ name: "once" }], ignoreChanges: ["keepers"], import: "1234" }';
    const folder = await projectOf(`new random.RandomUuid("id", {}, ${options});`);
    expect((await evaluateOffline(folder, "dev")).map(({ urn }) => urn.split("::")[3])).toEqual([
      "settings",
      "test-dev",
      "id",
    ]);
  });

  const id = "id (random:index/randomUuid:RandomUuid)";
  const after = 'new random.RandomUuid("after", { keepers: { id: id.result } });';
  it.each([
    ["that throws", 'throw new Error("no such landscape");', ["no such landscape"]],
    ["that throws in an apply", 'pulumi.output(1).apply(() => { throw new Error("not 2"); });', ["not 2"]],
    [
      "with an input that fails, once",
      `const id = new random.RandomUuid("id", { keepers: Promise.reject(new Error("no such key")) }); ${after}`,
      [`${id}: the input keepers: no such key`],
    ],
    [
      "with an input that never resolves",
      `const id = new random.RandomUuid("id", { keepers: new Promise(() => {}) }); ${after}`,
      [
        `${id} waits for a value that never resolves`,
        `${id.replace("id", "after")} waits for a value that never resolves`,
      ],
    ],
    [
      "that never ends",
      "export = async () => { await new Promise(() => {}); };",
      ["the program waits for something that never resolves"],
    ],
    [
      "that waits for its own child",
      `class Knot extends pulumi.ComponentResource {
  constructor(readonly child = pulumi.deferredOutput<string>()) {
    super("test:index:Knot", "knot", { key: child[0] });
    child[1](new random.RandomUuid("id", {}, { parent: this }).result);
  }
}
new Knot();`,
      ["knot (test:index:Knot) waits for a value that never resolves", `${id} waits for a value that never resolves`],
    ],
    [
      "that depends on something that is not a resource",
      'new random.RandomUuid("id", {}, { dependsOn: "vault" as never });',
      ["'dependsOn' was passed a value that was not a Resource."],
    ],
    ["that throws a string", 'throw "no such landscape";', ["no such landscape"]],
    [
      "that fails in a promise that nothing awaits",
      '(async () => { await new Promise((resolve) => setTimeout(resolve, 50)); throw new Error("too late"); })();',
      ["too late"],
    ],
    [
      "with a value that contains itself",
      "const value: unknown[] = []; value.push(value); pulumi.output(value);",
      ["an Output cannot be made of a value that contains itself"],
    ],
    [
      "with a file as an input",
      'new random.RandomUuid("id", { keepers: { file: new pulumi.asset.StringAsset("text") as never } });',
      [`${id}: the input keepers: assets and archives need a Pulumi CLI`],
    ],
    [
      "with transforms",
      'new random.RandomUuid("id", {}, { transforms: [async () => undefined] });',
      [`${id}: the effect of its transforms is unknown offline: review the deployed state (--state)`],
    ],
    [
      "with a component of a plugin",
      'new pulumi.ComponentResource("other:index:Network", "net", {}, {}, true);',
      [
        "net (other:index:Network): the resources of a plugin's component are unknown offline: review the deployed state (--state)",
      ],
    ],
    [
      "that reads a resource outside its stack",
      'random.RandomUuid.get("id", "1234");',
      [
        `failed to read resource #1234 'id' [random:index/randomUuid:RandomUuid]: ${id}: reading an existing resource needs a Pulumi CLI`,
      ],
    ],
    [
      "that calls a function of a provider",
      'pulumi.runtime.invokeOutput("azuread:index/getUsers:getUsers", {});',
      ["the review cannot answer azuread:index/getUsers:getUsers offline: review the deployed state (--state)"],
    ],
  ])("fails with the reason for a program %s", async (_, program, problems) => {
    const folder = await projectOf(program);
    await expect(evaluateOffline(folder, "dev")).rejects.toThrow(
      new Error(["the deployment of stack dev failed:", ...problems].join("\n  ")),
    );
  });
});
