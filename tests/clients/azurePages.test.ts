import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ConnectionFolder } from "@microservice-identities/local-azure/connectionFolder";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { projectFolder, run } from "@microservice-identities/test-support/processes";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { installedByPip, missingPip } from "./installed";
import { readmeSeed } from "./readmeSeed";

jest.setTimeout(600_000);

// What this test cannot prove: that Azure behaves the same, and that the `az monitor log-analytics` commands work, which the local
// Azure does not serve.

const textOf = (file: string): string => readFileSync(path.join(projectFolder, file), "utf8");
/** The shell blocks of a page that use the az CLI, in their order. */
const azBlocksOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^( *)```sh\n(.*?)^\1```$/gms)]
    .map(({ 1: indent = "", 2: code = "" }) => code.replaceAll(new RegExp(`^${indent}`, "gm"), ""))
    .filter((code) => /\baz /.test(code));

const [connect = "", asDeployer = "", asService = "", asIdentity = ""] = azBlocksOf(
  "packages/local-azure/docs/azure-cli.md",
);
const [newOwner = "", permissionModel = "", recover = "", breakGlass = ""] = azBlocksOf("docs/operations.md");

const obstacle = missingPip();
const reason = obstacle === undefined ? "" : ` (skipped: ${obstacle})`;

(obstacle === undefined ? describe : describe.skip)(`the commands that a page shows for the az CLI${reason}`, () => {
  let azure: LocalAzure;
  let folder: string;
  let connection: ConnectionFolder;
  let bin: string;
  beforeAll(async () => {
    bin = await installedByPip("azure-cli");
    folder = await mkdtemp(path.join(tmpdir(), "az-pages-"));
    azure = await startLocalAzure({ seed: readmeSeed() });
    connection = new ConnectionFolder(path.join(folder, ".local-azure"), azure);
    await connection.open();
    for (const [name, variables] of azure.seeded) await connection.writeService(name, variables);
  });
  afterAll(async () => {
    await connection.remove();
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs blocks in one shell, which stops at the first failure. The CLI is already installed. */
  const inShell = async (...blocks: string[]): Promise<string> => {
    const code = [connect.replace(/^python3 .*\n^pip .*\n/m, `PATH=${bin}:$PATH\n`), ...blocks].join("\n");
    const env = { HOME: folder, AZURE_CORE_COLLECT_TELEMETRY: "false" };
    const finished = await run("bash", ["-euo", "pipefail", "-c", code], { cwd: folder, env });
    expect([finished.code, finished.code === 0 ? "" : finished.stderr]).toEqual([0, ""]);
    return finished.stdout;
  };
  const filled = (block: string, values: Readonly<Record<string, string>>): string =>
    block.replaceAll(/<[^<>\n]+>|rg-shop-prod/g, (placeholder) => values[placeholder] ?? placeholder);
  const signInAs = (permissions: string[], role?: string) => {
    const { ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_TENANT_ID } = azure.addIdentity("administrator", permissions, role);
    const login = `az login --service-principal -u ${ARM_CLIENT_ID} -p '${ARM_CLIENT_SECRET}' -t ${ARM_TENANT_ID}`;
    return `${login} --allow-no-subscriptions`;
  };
  const registration = () => {
    const found = [...azure.tenant.applications.values()].find(({ displayName }) => displayName === "orders");
    const principal = found && azure.tenant.servicePrincipalOf(found.appId);
    if (!found || !principal) throw new Error("the seed has no application orders");
    return { application: found, principal };
  };

  it("work on a local Azure as the page says", async () => {
    expect(await inShell(asDeployer)).toContain('"value": "hello"');
    expect(await inShell(asService, asIdentity)).toMatch(/"hello"\n[\s\S]*"hello"\n$/);
    // From the page about operations.
    await inShell(asDeployer.split("\n")[0] ?? "", filled(permissionModel, { "rg-shop-prod": "shop" }));
    const vault = [...azure.subscription.vaults.values()].find(({ name }) => name === "shop-vault");
    expect(vault?.enableRbacAuthorization).toBe(true);
  });

  it("make a new registrar the owner of a registration and of its service principal", async () => {
    const { application, principal } = registration();
    const registrar = azure.tenant.servicePrincipalOf(azure.addIdentity("registrar", []).ARM_CLIENT_ID)?.id ?? "";
    const [add = "", ...rest] = filled(newOwner, {
      "<client id>": application.appId,
      "<object id>": principal.id,
      "<object id of the new registrar>": registrar,
    }).split("\n");
    // Graph has another address here, which az does not recognise as Graph's.
    const onLocalGraph = rest
      .join("\n")
      .replaceAll("https://graph.microsoft.com", `https://${azure.host}/graph`)
      .replace("az rest", `az rest --resource https://${azure.host}/graph`);
    await inShell(signInAs(["Application.ReadWrite.All"]), add, onLocalGraph);
    const owners = [application, principal].map((owned) => owned.owners.has(registrar));
    expect(owners).toEqual([true, true]);
  });

  it("recover a deleted secret", async () => {
    const vault = "recovered-vault";
    const [command = ""] = filled(recover, { "<vault>": vault }).split("\n");
    const prepared = [
      "az group create --name recovered --location westeurope",
      `az keyvault create --name ${vault} --resource-group recovered --enable-rbac-authorization false`,
      `az keyvault secret set --vault-name ${vault} --name client-secret --value kept`,
      `az keyvault secret delete --vault-name ${vault} --name client-secret`,
    ];
    const signIn = signInAs(["Application.Read.All"], azureRoles.owner.id);
    const read = `az keyvault secret show --vault-name ${vault} --name client-secret --query value`;
    expect(await inShell(signIn, ...prepared, command, read)).toMatch(/"kept"\n$/);
  });

  it("cut a service off, and restore its access", async () => {
    const { application, principal } = registration();
    const block = filled(breakGlass, { "<client id>": application.appId });
    const signIn = signInAs(["Application.ReadWrite.All"]);
    await inShell(signIn, block);
    expect(azure.tenant.servicePrincipals.get(principal.id)?.accountEnabled).toBe(false);
    await inShell(signIn, block.replace("accountEnabled=false", "accountEnabled=true"));
    expect(azure.tenant.servicePrincipals.get(principal.id)?.accountEnabled).toBe(true);
  });
});
