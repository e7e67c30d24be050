import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { compileIn, consumerOf, filesOf, pack, packableProject } from "@microservice-identities/test-support/npm";
import { projectFolder } from "@microservice-identities/test-support/processes";

// npm packs and installs packages, from its cache if possible.
jest.setTimeout(240_000);

/** A program in somebody else's project. The tests compile it and run the result. */
const program = `
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { Microservice, secretsOn } from "pulumi-microservice-identities";

const deployer = getClientConfigOutput();
const group = new ResourceGroup("group", { resourceGroupName: "rg-solo", location: "westeurope" });
const rotation = { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 };
const orders = new Microservice("orders", {
  description: "Takes orders.",
  environment: "solo",
  appRoles: { "Orders.Read": { description: "Read orders." } },
  resourceGroupName: group.name,
  location: "westeurope",
  tenantId: deployer.tenantId,
  owners: [deployer.objectId],
  credential: { kind: "secret", secrets: secretsOn(new Date("2026-11-01"), rotation, "orders", []) },
});
export const scope = orders.registration.scope;
`;

/** The `compilerOptions` of Pulumi's template, without an `outDir`. TypeScript 6 calls some of the template's options outdated. */
const stock = {
  strict: true,
  target: "es2020",
  module: "commonjs",
  moduleResolution: "node",
  ignoreDeprecations: "6.0",
  sourceMap: true,
  experimentalDecorators: true,
  pretty: true,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
  forceConsistentCasingInFileNames: true,
};

describe("the npm package", () => {
  let project: string;
  let folder: string;
  beforeAll(async () => {
    project = await packableProject();
    folder = await consumerOf(await pack(project, project));
    await writeFile(
      path.join(folder, "Pulumi.yaml"),
      "name: consumer\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
    );
    await writeFile(path.join(folder, "Pulumi.solo.yaml"), "config: {}\n");
  });
  afterAll(() => Promise.all([project, folder].map((each) => rm(each, { recursive: true }))));

  it("has types that find the mistake in a strict program", async () => {
    await writeFile(
      path.join(folder, "index.ts"),
      program.replace("owners: [deployer.objectId]", "owner: deployer.objectId"),
    );
    expect(compileIn(folder, ["index.ts"])).toEqual([
      "index.ts: Object literal may only specify known properties, but 'owner' does not exist in type 'MicroserviceArgs'. Did you mean to write 'owners'?",
    ]);
  });

  it("compiles in a project with the options of `pulumi new typescript`, which check every library", async () => {
    await writeFile(path.join(folder, "index.ts"), program);
    expect(compileIn(folder, ["index.ts"], stock)).toEqual([]);
  });

  it("deploys a Microservice in a program that has nothing else of this project", async () => {
    const azure = await startLocalAzure();
    try {
      const stack = new BuiltInStack({ azure, projectFolder: folder, stack: "solo" });
      const { outputs, resources } = await stack.up();
      const [application] = [...azure.tenant.applications.values()].filter(
        ({ displayName }) => displayName === "orders-solo",
      );
      expect(outputs).toEqual({ scope: `api://${application?.appId}/.default` });
      expect(application?.appRoles.map(({ value }) => value)).toEqual(["Orders.Read"]);
      expect(resources["azure-native:keyvault:Secret"]).toBe(1);
    } finally {
      await azure.close();
    }
  });

  it("contains only the components and the code that they import, their types, the README and the licence", async () => {
    const files = await filesOf(folder, "pulumi-microservice-identities");
    const compiled = files.filter((file) => file.startsWith("dist/"));
    expect(files.filter((file) => !compiled.includes(file))).toEqual(["LICENSE", "README.md", "package.json"]);
    const components = (await readdir(path.join(projectFolder, "components")))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.parse(file).name);
    expect(compiled.filter((file) => file.startsWith("dist/components/"))).toEqual(
      components.flatMap((name) => [`dist/components/${name}.d.ts`, `dist/components/${name}.js`]).sort(),
    );
    expect(
      compiled.filter(
        (file) =>
          !/^dist\/(components|packages\/validation|packages\/well-known(\/data)?)\/\w+(\.d\.ts|\.js)$/.test(file),
      ),
    ).toEqual([]);
    const installed = path.join(folder, "node_modules/pulumi-microservice-identities");
    const { exports, main, keywords, repository, homepage } = JSON.parse(
      await readFile(path.join(installed, "package.json"), "utf8"),
    );
    expect([Object.keys(exports), main]).toEqual([["."], undefined]);
    expect(keywords).toContain("pulumi");
    // It is not decided yet where the project will be published.
    expect([repository, homepage]).toEqual([undefined, undefined]);
    const readme = await readFile(path.join(installed, "README.md"), "utf8");
    expect(readme).toBe(await readFile(path.join(projectFolder, "components/README.md"), "utf8"));
    // A relative link would be broken on the package's page in a registry.
    expect([...readme.matchAll(/\]\((?!https:\/\/|#)/g)]).toEqual([]);
  });
});
