import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DeployerEnvironment } from "@microservice-identities/local-azure/localAzure";
import { provableStack } from "@microservice-identities/proof/directory";
import { type DeployedPair, deployedPair } from "@microservice-identities/test-support/deployedPair";
import { runCommandIn } from "@microservice-identities/test-support/processes";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { localTenant } from "../../cli/adoption/localTenant";
import { TenantError, type TenantReader } from "../../cli/adoption/tenant";
import { localConfig } from "../../cli/deployingCommand";
import { checks, examinationText, examine, exitCodeFor } from "../../cli/doctor/doctor";
import type { Patient } from "../../cli/doctor/examination";
import program from "../../stacks/index";

jest.setTimeout(60_000);

const day = "2026-11-25";
const refresh = "pulumi up --refresh --stack dev";

/** A service with a client secret calls an API. Each test changes one thing in Azure, and changes it back. */
describe("doctor", () => {
  let pair: DeployedPair;
  let tenant: TenantReader & { close(): Promise<void> };
  let operator: DeployerEnvironment;
  let patient: Patient;
  let outputs: Record<string, unknown>;

  beforeAll(async () => {
    pair = await deployedPair(program, day);
    const { azure } = pair.azure;
    ({ outputs } = await pair.stack().up({ config: { ...pair.config, ...localConfig(azure) } }));
    operator = azure.addIdentity("operator", ["Application.Read.All", "Policy.Read.All"], azureRoles.reader.id);
    tenant = await localTenant({ ...azure, deployer: operator });
    const { tenantId, directory } = provableStack.parse(outputs);
    const entry = directory.caller;
    if (!entry) throw new Error("the caller is not deployed");
    const { authority } = azure;
    patient = { stack: "dev", service: "caller", entry, tenantId, authority, directory, now: new Date(day) };
  });
  afterAll(async () => {
    await tenant.close();
    await pair.close();
  });

  const inDirectory = checks.filter(({ what }) => what !== "the sign-in from here");
  const runChecks = (change: Partial<Patient> = {}) => examine({ ...patient, ...change }, tenant, inDirectory);
  const objects = () => {
    const { tenant: directory, subscription } = pair.azure.azure;
    const application = directory.applicationOf(patient.entry.clientId);
    const principal = directory.servicePrincipalOf(patient.entry.clientId);
    const vault = [...subscription.vaults.values()].find(({ name }) => name.startsWith("caller-"));
    if (!application || !principal || !vault) throw new Error("the caller is not deployed");
    return { application, principal, vault, directory };
  };

  it("finds no problem with a service that was just deployed", async () => {
    expect(await runChecks()).toEqual({
      sound: [
        "the registration",
        "the credential in Entra",
        "the grants",
        "the vault",
        "the tenant's app management policy",
      ],
      unseen: [],
    });
  });

  it.each<[string, () => () => void, RegExp, string]>([
    [
      "a disabled service principal",
      () => {
        const { principal } = objects();
        principal.accountEnabled = false;
        return () => (principal.accountEnabled = true);
      },
      /^the service principal of caller is disabled \(AADSTS7000112\)/,
      "az ad sp update --id CLIENT --set accountEnabled=true",
    ],
    [
      "a secret that was removed in Entra",
      () => {
        const { application } = objects();
        const { passwordCredentials } = application;
        Object.assign(application, { passwordCredentials: [] });
        return () => Object.assign(application, { passwordCredentials });
      },
      /^the newest secret of caller, [0-9a-f-]{36}, is not in its registration \(AADSTS7000215\)/,
      refresh,
    ],
    [
      "a removed access policy of the vault",
      () => {
        const { vault } = objects();
        const { accessPolicies } = vault;
        Object.assign(vault, { accessPolicies: [] });
        return () => Object.assign(vault, { accessPolicies });
      },
      /^the vault caller-[a-z0-9]{6} does not let the managed identity of caller get secrets/,
      refresh,
    ],
    [
      "a disabled secret in the vault",
      () => {
        const [version] = objects().vault.secrets.get("client-secret") ?? [];
        if (!version) throw new Error("there is no secret");
        const { attributes } = version;
        Object.assign(version, { attributes: { ...attributes, enabled: false } });
        return () => Object.assign(version, { attributes });
      },
      /^the secret client-secret in the vault caller-[a-z0-9]{6} is disabled$/,
      "az keyvault secret set-attributes --vault-name VAULT --name client-secret --enabled true",
    ],
    [
      "a tenant that refuses new secrets",
      () => {
        const { settings } = objects().directory;
        const { defaultAppManagementPolicy } = settings;
        Object.assign(settings, {
          defaultAppManagementPolicy: {
            ...defaultAppManagementPolicy,
            isEnabled: true,
            passwordCredentials: [{ restrictionType: "passwordAddition", state: "enabled" }],
          },
        });
        return () => Object.assign(settings, { defaultAppManagementPolicy });
      },
      /^the tenant refuses new client secrets: caller works until its secret expires on 2027-/,
      "npm run up -- --stack dev",
    ],
  ])("reports %s, and how to fix it", async (_what, breakIt, wrong, mend) => {
    const putBack = breakIt();
    const examination = await runChecks();
    putBack();
    expect(examination.diagnosis?.wrong).toMatch(wrong);
    const expected = mend.replace("CLIENT", patient.entry.clientId).replace("VAULT", objects().vault.name);
    expect(examination.diagnosis?.mend).toContain(expected);
    expect(exitCodeFor(examination)).toBe(1);
  });

  it("ignores a policy that forbids secrets only for registrations created later", async () => {
    const { settings } = objects().directory;
    const { defaultAppManagementPolicy } = settings;
    const restriction = (restrictForAppsCreatedAfterDateTime: string) => ({
      restrictionType: "passwordAddition",
      state: "enabled",
      restrictForAppsCreatedAfterDateTime,
    });
    const diagnosisUnder = async (after: string) => {
      const passwordCredentials = [restriction(after)];
      Object.assign(settings, {
        defaultAppManagementPolicy: { ...defaultAppManagementPolicy, isEnabled: true, passwordCredentials },
      });
      const { diagnosis } = await runChecks();
      Object.assign(settings, { defaultAppManagementPolicy });
      return diagnosis?.wrong;
    };
    expect(await diagnosisUnder("2099-01-01T00:00:00Z")).toBeUndefined();
    expect(await diagnosisUnder("2019-01-01T00:00:00Z")).toMatch(/^the tenant refuses new client secrets/);
  });

  it("accepts the stack's own custom reader role at a vault with Azure RBAC, and reports a role that the stack does not know", async () => {
    const { vault } = objects();
    const { access } = pair.azure.azure.subscription;
    const identity = [...pair.azure.azure.subscription.identities.values()].find(
      ({ name }) => name === "id-caller-dev",
    );
    const id = `${vault.id}/providers/Microsoft.Authorization/roleAssignments/11111111-1111-4111-8111-111111111111`;
    const roleId = "22222222-2222-4222-8222-222222222222";
    const assigned = { id, name: "reader", scope: vault.id, principalId: identity?.principalId ?? "" };
    Object.assign(vault, { enableRbacAuthorization: true });
    access.define({ id: roleId, name: "Reader", actions: [], notActions: [], dataActions: [] });
    access.add({ ...assigned, roleId, principalType: "ServicePrincipal", description: null, createdOn: day });
    const wrongWith = async (vaultReaderRole?: string) =>
      (await runChecks({ entry: { ...patient.entry, vaultReaderRole } })).diagnosis?.wrong;
    expect(await wrongWith(roleId)).toBeUndefined();
    expect(await wrongWith()).toMatch(/does not let the managed identity of caller get secrets/);
    access.remove(id);
    Object.assign(vault, { enableRbacAuthorization: false });
  });

  it("reports a missing grant with the name of its role", async () => {
    const { directory, principal } = objects();
    const [assignment] = directory.assignmentsOf(principal.id);
    if (!assignment) throw new Error("there is no grant");
    directory.unassign(assignment);
    const { diagnosis } = await runChecks();
    directory.assign(assignment.principalId, assignment.resourceId, assignment.appRoleId);
    expect(diagnosis).toEqual({
      wrong: "caller does not hold Things.Read of api (AADSTS501051, or 403 from api)",
      mend: [refresh, "An earlier token lacks the role for up to 90 minutes: restart caller, or wait."],
    });
  });

  it("reports an overdue rotation, and an expired secret", async () => {
    const late = await runChecks({ now: new Date("2027-03-20") });
    expect(late.diagnosis?.wrong).toMatch(/^the secret of caller should have rotated \d+ days ago: the daily run/);
    const expired = await runChecks({ now: new Date("2028-01-01") });
    expect(expired.diagnosis?.wrong).toMatch(/^the secret of caller expired on 2027-\d\d-\d\d \(AADSTS7000222\)$/);
  });

  it("reports that it cannot check without a sign-in, and exits with 2", async () => {
    const examination = await examine(patient, new TenantError("cannot sign in: no az"), inDirectory);
    expect(exitCodeFor(examination)).toBe(2);
    expect(examination.unseen).toEqual(inDirectory.map(({ what }) => `${what}: cannot sign in: no az`));
    expect(examinationText(examination, "caller")).toContain(
      "No problem was found, but not everything about caller could be checked.",
    );
  });

  describe("as a command", () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), "doctor-"));
      await writeFile(path.join(folder, "ca.pem"), pair.azure.azure.caCertificate);
      await writeFile(path.join(folder, "outputs.json"), JSON.stringify(outputs));
    });
    afterAll(() => rm(folder, { recursive: true }));
    const run = (env: object) =>
      runCommandIn(
        {
          env: { ...operator, NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem"), ...env },
          project: pair.folder,
        },
        "doctor",
        ...["--outputs", path.join(folder, "outputs.json"), "--service", "caller", "--date", day],
      );

    it("signs in as the service on the service's host, and distinguishes the vault's firewall from missing access", async () => {
      const host = pair.azure.azure.workloadHost();
      expect(await run(host)).toEqual({
        code: 0,
        stdout: expect.stringMatching(
          /\nNothing is wrong with caller: it signs in from here, and gets a token for each of its calls\.\n$/,
        ),
        stderr: "",
      });
      const { vault } = objects();
      const { properties } = vault;
      Object.assign(vault, { properties: { ...properties, networkAcls: { defaultAction: "Deny" } } });
      const { code, stdout } = await run(host);
      Object.assign(vault, { properties });
      expect([code, stdout]).toEqual([
        1,
        expect.stringContaining(
          "PROBLEM: the network rules of the vault of caller do not admit this host (403 ForbiddenByFirewall)",
        ),
      ]);
    });

    it("reports on any other host that it cannot check the sign-in, and exits with 2", async () => {
      const { code, stdout } = await run(pair.azure.azure.workloadHost([]));
      expect([code, stdout]).toEqual([
        2,
        expect.stringMatching(
          /\n {2}not checked {2}the sign-in from here: the identity of caller returns no token here/,
        ),
      ]);
    });
  });
});
