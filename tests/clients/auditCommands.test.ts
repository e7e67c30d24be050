import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { selfSigned } from "@microservice-identities/test-support/certificate";
import { type DeployedPair, deployedPair } from "@microservice-identities/test-support/deployedPair";
import { callingInACircle, planters } from "@microservice-identities/test-support/undeclared";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { localTenant } from "../../cli/adoption/localTenant";
import { type Audit, audit, conclusion } from "../../cli/audit/audit";
import { Declared, rowOf, type StateRow } from "../../cli/audit/declared";
import { localConfig } from "../../cli/deployingCommand";
import program from "../../stacks/index";
import { type Az, azIn } from "./azureCli";
import { missingPip } from "./installed";

jest.setTimeout(600_000);

const day = "2026-11-25";
const refresh = "pulumi up --refresh";
const obstacle = missingPip();
const reason = obstacle === undefined ? "" : ` (skipped: ${obstacle})`;

// What this test cannot prove: that Azure reacts to the commands like the local Azure.

(obstacle === undefined ? describe : describe.skip)(`the commands that an audit prints${reason}`, () => {
  let pair: DeployedPair;
  let az: Az;
  let folder: string;
  let rows: StateRow[];
  let bootstrap: StateRow[];
  let signedIn: ReturnType<DeployedPair["azure"]["azure"]["addIdentity"]>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "audit-"));
    pair = await deployedPair(program, day);
    await pair.change(callingInACircle(4));
    await pair.set({ vault: { retentionDays: 7, purgeProtection: false, network: { ipRules: ["198.51.100.7"] } } });
    const { azure } = pair.azure;
    const stack = pair.stack();
    await stack.up({ config: { ...pair.config, ...localConfig(azure) } });
    rows = (await stack.resources()).map(rowOf);
    const permissions = [
      ...["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"],
      ...["Directory.Read.All", "GroupMember.ReadWrite.All", "RoleManagement.ReadWrite.Directory"],
    ];
    signedIn = azure.addIdentity("administrator", permissions, azureRoles.owner.id);
    bootstrap = azure.subscription.access
      .all()
      .map(({ id }) => ({ urn: "", type: "azure-native:authorization:RoleAssignment", id, properties: {} }));
    az = await azIn(azure, folder);
    const { ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_TENANT_ID } = signedIn;
    const credentials = ["-u", ARM_CLIENT_ID, "-p", ARM_CLIENT_SECRET, "-t", ARM_TENANT_ID];
    const login = await az("login", "--service-principal", ...credentials);
    if (login.code !== 0) throw new Error(login.stderr);
  });
  afterAll(async () => {
    await pair.close();
    await rm(folder, { recursive: true });
  });

  const runAudit = async (): Promise<Audit> => {
    const tenant = await localTenant({ ...pair.azure.azure, deployer: signedIn });
    try {
      return await audit(new Declared(rows, bootstrap), tenant, { stack: "dev", today: day });
    } finally {
      await tenant.close();
    }
  };

  it("remove one finding of each kind, so that a second audit finds nothing", async () => {
    const { azure } = pair.azure;
    const clientIds = new Declared(rows).services.map(({ clientId }) => clientId);
    const all = Object.values(planters(azure, clientIds, (await selfSigned("by-hand")).pem));
    const planted = all.flatMap((plant, index) => plant(index));
    const { findings } = await runAudit();
    expect(findings).toHaveLength(planted.length);
    const failures: string[] = [];
    for (const { subject, ...finding } of findings)
      for (const command of "away" in finding ? finding.away : []) {
        if (command === refresh) continue;
        const [tool, ...args] = wordsOf(command);
        expect(tool).toBe("az");
        const { code, stderr } = await az(...args);
        if (code !== 0) failures.push(`${subject}: ${command}: ${stderr.trim().split("\n").at(-1)}`);
      }
    expect(failures).toEqual([]);
    await pair.stack().refresh();
    const after = await runAudit();
    expect(after.findings.map(({ rule, subject }) => `${rule} ${subject}`)).toEqual([]);
    expect(conclusion(after)).toMatch(/^Nothing undeclared was found/);
  });
});

/** Splits a command like a shell. It supports only single quotes, because the audit uses no others. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/(?:'[^']*'|\\'|[^\s'])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\(')/g, (_, quoted = "", escaped = "") => quoted + escaped),
  );
