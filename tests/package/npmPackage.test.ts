import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { projectFolder, run } from "@microservice-identities/test-support/processes";
import ts from "typescript";

// npm packs and installs, from its cache where it can.
jest.setTimeout(240_000);

/** A program of somebody else's, with types: it is compiled, and run as what comes out. */
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

describe("the npm package", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "consumer-"));
    const npm = (cwd: string, ...args: string[]) => run("npm", [...args, "--no-audit", "--no-fund"], { cwd });
    const packed = await npm(projectFolder, "pack", "--silent", "--pack-destination", folder);
    expect([packed.code, packed.stderr]).toEqual([0, ""]);
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "consumer", version: "1.0.0" }));
    const tarball = path.join(folder, packed.stdout.trim().split("\n").at(-1) ?? "");
    const installed = await npm(folder, "install", "--prefer-offline", "--ignore-scripts", tarball);
    expect(installed.code).toBe(0);
    await writeFile(
      path.join(folder, "Pulumi.yaml"),
      "name: consumer\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
    );
    await writeFile(path.join(folder, "Pulumi.solo.yaml"), "config: {}\n");
    await writeFile(path.join(folder, "index.ts"), program);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("brings types that a strict program compiles against, and refuses a mistake", () => {
    const compile = () => {
      const options: ts.CompilerOptions = {
        strict: true,
        skipLibCheck: true,
        types: [],
        module: ts.ModuleKind.NodeNext,
        target: ts.ScriptTarget.ES2022,
      };
      const compiled = ts.createProgram([path.join(folder, "index.ts")], options);
      compiled.emit();
      return ts
        .getPreEmitDiagnostics(compiled)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
    };
    expect(compile()).toEqual([]);
  });

  it("deploys a Microservice of a program that has nothing else of this project", async () => {
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

  it("holds the components, and nothing else of the project", async () => {
    const { exports, dependencies } = JSON.parse(
      await readFile(path.join(folder, "node_modules/pulumi-microservice-identities/package.json"), "utf8"),
    );
    expect(Object.keys(exports)).toEqual(["."]);
    expect(Object.keys(dependencies).sort()).toEqual([
      "@pulumi/azure-native",
      "@pulumi/azuread",
      "@pulumi/pulumi",
      "@pulumi/random",
      "tsx",
      "yaml",
      "zod",
    ]);
  });
});
