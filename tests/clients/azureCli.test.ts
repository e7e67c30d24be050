import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { selfSigned } from "@microservice-identities/test-support/certificate";
import { type Az, azIn } from "./azureCli";
import { type ClientScenario, clientScenario } from "./clientScenario";
import { clientFolder, missingPip } from "./installed";

jest.setTimeout(600_000);

const obstacle = missingPip();
const reason = obstacle === undefined ? "" : ` (skipped: ${obstacle})`;

(obstacle === undefined ? describe : describe.skip)(`the az CLI as a service${reason}`, () => {
  let scenario: ClientScenario;
  let az: Az;
  beforeAll(async () => {
    scenario = await clientScenario();
    az = await azIn(scenario.azure.azure, scenario.folder, scenario.env);
  });
  afterAll(() => scenario.close());

  const statusOf = (address: string, token: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      https
        .get(address, { headers, ca: scenario.azure.azure.caCertificate }, (answer) =>
          resolve(answer.resume().statusCode),
        )
        .on("error", reject);
    });

  it.each<[string, () => string[]]>([
    [
      "secret",
      () => ["--service-principal", "-u", "$AZURE_CLIENT_ID", "-p", "$CLIENT_SECRET", "-t", "$AZURE_TENANT_ID"],
    ],
    [
      "certificate",
      () => [
        "--service-principal",
        "-u",
        "$AZURE_CLIENT_ID",
        "--certificate",
        "$CERTIFICATE_FILE",
        "-t",
        "$AZURE_TENANT_ID",
      ],
    ],
    [
      "federation",
      () => [
        ...["--service-principal", "-u", "$AZURE_CLIENT_ID", "-t", "$AZURE_TENANT_ID", "--federated-token"],
        readFileSync(scenario.env.FEDERATED_TOKEN_FILE ?? "", "utf8"),
      ],
    ],
    ["managed identity", () => ["--identity", "--client-id", "$IDENTITY_CLIENT_ID"]],
  ])(
    "signs in with %s, reads its own vault but no foreign one, and gets a token that the sample API accepts",
    async (_way, login) => {
      const args = login().map((each) => (each.startsWith("$") ? (scenario.env[each.slice(1)] ?? "") : each));
      const signedIn = await az("login", "--allow-no-subscriptions", ...args);
      expect([signedIn.code, signedIn.code === 0 ? "" : signedIn.stderr]).toEqual([0, ""]);
      const secret = (vault: string) =>
        az("keyvault", "secret", "show", "--vault-name", vault, "-n", "greeting", "--query", "value");
      expect(await secret("orders-vault")).toMatchObject({ code: 0, stdout: '"hello"\n' });
      const foreign = await secret("billing-vault");
      expect(foreign.code).not.toBe(0);
      expect(foreign.stderr).toContain("(Forbidden) The user, group or application");
      const scope = ["--scope", scenario.env.API_SCOPE ?? "", "--query", "accessToken", "-o", "tsv"];
      const token = await az("account", "get-access-token", ...scope);
      expect(await statusOf(scenario.env.API ?? "", token.stdout.trim())).toBe(200);
      await az("logout");
    },
  );
});

(obstacle === undefined ? describe : describe.skip)(`the az CLI as a deployer${reason}`, () => {
  let azure: TestAzure;
  let az: Az;
  let folder: string;
  const variables: Record<string, string> = {};

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "az-"));
    azure = await startTestAzure({
      deployerPermissions: [
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
      ],
    });
    az = await azIn(azure.azure, folder);
    const { ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_TENANT_ID } = azure.azure.deployer;
    Object.assign(variables, {
      FOLDER: folder,
      SUBSCRIPTION: azure.azure.subscriptionId,
      TENANT: ARM_TENANT_ID,
      GRAPH: `${azure.azure.authority}/graph`,
      ME: azure.azure.tenant.servicePrincipalOf(ARM_CLIENT_ID)?.id ?? "",
    });
    await writeFiles(folder, azure.azure.subscriptionId);
    const { code, stderr } = await az(
      ...["login", "--service-principal", "-u", ARM_CLIENT_ID, "-p", ARM_CLIENT_SECRET, "-t", ARM_TENANT_ID],
    );
    if (code !== 0) throw new Error(stderr);
  });
  afterAll(async () => {
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  });

  const commands = readFileSync(path.join(clientFolder("azure-cli"), "commands.txt"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  it.each(commands)("%s", async (line) => {
    const [, kind, expected, command = line] = /^(prints|refused:) (.*?): az (.*)$/.exec(line) ?? [];
    const { code, stdout, stderr } = await az(...argumentsOf(command.replace(/^az /, ""), variables));
    if (kind === "refused:") {
      expect(code).not.toBe(0);
      expect(stderr).toContain(expected);
      return;
    }
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    if (kind === "prints") expect(JSON.parse(stdout)).toEqual(JSON.parse(expected ?? ""));
    remember(command, stdout);
  });

  /** Keeps ids of created objects, because later commands need them. */
  function remember(command: string, stdout: string): void {
    if (command.startsWith("az ad app create --display-name app1")) variables.APP = JSON.parse(stdout).appId;
    if (command.startsWith("az identity create")) variables.IDENTITY = JSON.parse(stdout).principalId;
    if (command.startsWith("az keyvault create -g rg1 -n kvone"))
      variables.VAULT = JSON.parse(stdout).properties.vaultUri;
  }
});

/** Splits a command like a shell. It supports only the syntax of the listed commands. */
function argumentsOf(command: string, variables: Readonly<Record<string, string>>): string[] {
  const words = command.match(/"(?:\\"|[^"])*"|(?:\\"|[^\s"])+/g) ?? [];
  return words.map((word) =>
    (word.startsWith('"') ? word.slice(1, -1) : word)
      .replaceAll('\\"', '"')
      .replace(/\$\{?([A-Z]+)\}?/g, (all, name) => variables[name] ?? all),
  );
}

/** Writes the files that the listed commands read. */
async function writeFiles(folder: string, subscription: string): Promise<void> {
  const files: Record<string, unknown> = {
    "roles.json": [
      {
        allowedMemberTypes: ["Application"],
        description: "d",
        displayName: "n",
        isEnabled: "true",
        value: "Orders.Read",
      },
    ],
    "rra.json": [
      {
        resourceAppId: "00000003-0000-0000-c000-000000000000",
        resourceAccess: [{ id: "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", type: "Role" }],
      },
    ],
    "oc.json": { accessToken: [{ name: "idtyp", essential: false }] },
    "fic.json": {
      name: "fic1",
      issuer: "https://issuer.example",
      subject: "s",
      audiences: ["api://AzureADTokenExchange"],
      description: "x",
    },
    "role.json": {
      Name: "Secret reader",
      IsCustom: true,
      Description: "d",
      Actions: [],
      NotActions: [],
      DataActions: ["Microsoft.KeyVault/vaults/secrets/getSecret/action"],
      NotDataActions: [],
      AssignableScopes: [`/subscriptions/${subscription}`],
    },
    "policy.json": {
      issuerParameters: { name: "Self" },
      keyProperties: { exportable: true, keySize: 2048, keyType: "RSA", reuseKey: true },
      secretProperties: { contentType: "application/x-pkcs12" },
      x509CertificateProperties: { subject: "CN=x", validityInMonths: 12 },
    },
  };
  for (const [name, content] of Object.entries(files))
    await writeFile(path.join(folder, name), JSON.stringify(content));
  await writeFile(path.join(folder, "cert.pem"), (await selfSigned("app1")).pem);
}
