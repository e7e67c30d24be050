import type { Application, ServicePrincipal } from "@microservice-identities/local-azure/directoryObjects";
import type { Group } from "@microservice-identities/local-azure/groups";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { localTenant } from "../../../cli/adoption/localTenant";
import { type Audit, audit, auditExitCode, conclusion } from "../../../cli/audit/audit";
import { Declared, type StateRow } from "../../../cli/audit/declared";

// What these tests cannot prove: that Azure returns the same as the local Azure.

const applicationAdministrator = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
const whole = [
  ...["Application.Read.All", "Directory.Read.All", "GroupMember.Read.All"],
  "RoleManagement.Read.Directory",
];

describe("the audit of groups and eligible roles", () => {
  let test: TestAzure;
  let application: Application;
  let orders: ServicePrincipal;
  let stated: StateRow[];
  beforeEach(async () => {
    test = await startTestAzure();
    const { tenant, subscription } = test.azure;
    application = tenant.addApplication("orders");
    const words = { displayName: "Read", description: "Read.", isEnabled: true, allowedMemberTypes: ["Application"] };
    tenant.setAppRoles(application, [{ id: role, value: "Orders.Read", ...words }]);
    orders = tenant.addServicePrincipal({ appId: application.appId, displayName: "orders" });
    const id = `/subscriptions/${subscription.id}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders`;
    const own = tenant.addServicePrincipal({
      ...{ appId: role, displayName: "id-orders" },
      servicePrincipalType: "ManagedIdentity",
    });
    subscription.identities.set(id.toLowerCase(), {
      ...{ id, name: "id-orders", location: "westeurope", principalId: own.id, clientId: role, tags: {} },
      federatedCredentials: new Map(),
    });
    identityId = id;
    stated = [
      row("azuread:index/application:Application", `/applications/${application.id}`, {
        ...{ displayName: "orders", clientId: application.appId, objectId: application.id },
        appRoles: [{ id: role, value: "Orders.Read" }],
      }),
      row("azuread:index/servicePrincipal:ServicePrincipal", `/servicePrincipals/${orders.id}`, {
        ...{ clientId: application.appId, objectId: orders.id },
      }),
      row("azure-native:managedidentity:UserAssignedIdentity", id, { principalId: own.id }),
      // The deployer of a local Azure has the role Owner, which its bootstrap declares.
      ...subscription.access.all().map((each) => row("azure-native:authorization:RoleAssignment", each.id, {})),
    ];
  });
  afterEach(() => test.close());

  const role = "00000000-0000-4000-8000-000000000001";
  let identityId: string;
  const row = (type: string, id: string, properties: Record<string, unknown>): StateRow => ({
    ...{ urn: "", type, id, properties },
  });
  const runAudit = async (permissions: readonly string[] = whole, also: readonly StateRow[] = []): Promise<Audit> => {
    const auditor = test.azure.addIdentity("auditor", permissions, azureRoles.reader.id);
    const assignments = test.azure.subscription.access.all().filter(({ roleId }) => roleId === azureRoles.reader.id);
    const tenant = await localTenant({ ...test.azure, deployer: auditor });
    const reader = assignments.map((each) => row("azure-native:authorization:RoleAssignment", each.id, {}));
    try {
      return await audit(new Declared(stated, [...also, ...reader]), tenant, { stack: "dev", today: "2026-11-25" });
    } finally {
      await tenant.close();
    }
  };
  const findingLines = ({ findings }: Audit) =>
    findings.map(({ rule, subject, message }) => `${rule}: ${subject} ${message}`).sort();
  const group = (name: string, given: { isAssignableToRole?: boolean } = {}): Group =>
    test.azure.tenant.groups.addGroup(name, given);
  const member = (inside: Group, who: string) =>
    row("azuread:index/groupMember:GroupMember", "", {
      ...{ groupObjectId: inside.id, memberObjectId: who },
    });

  it("lists each undeclared membership in a group with declared rights, but no declared membership", async () => {
    const { tenant } = test.azure;
    const [readers, nested] = [group("readers"), group("nested")];
    const [ann, bob] = [tenant.groups.addUser("ann@example.com"), tenant.groups.addUser("bob@example.com")];
    for (const id of [nested.id, ann.id]) readers.members.add(id);
    nested.members.add(bob.id);
    tenant.assign(readers.id, orders.id, role);
    const grant = row("azuread:index/appRoleAssignment:AppRoleAssignment", "", {
      ...{ principalObjectId: readers.id, resourceObjectId: orders.id, appRoleId: role },
    });
    expect(findingLines(await runAudit(whole, [grant]))).toEqual(
      [
        `undeclared-member: nested ${nested.id} member ${bob.id} has a member that nobody declared, the user bob@example.com: the group is in readers, which gets tokens for orders with Orders.Read`,
        `undeclared-member: readers ${readers.id} member ${ann.id} has a member that nobody declared, the user ann@example.com: the group gets tokens for orders with Orders.Read`,
        `undeclared-member: readers ${readers.id} member ${nested.id} has a member that nobody declared, the group nested: the group gets tokens for orders with Orders.Read`,
      ].sort(),
    );
    const declared = [member(readers, nested.id), member(readers, ann.id), member(nested, bob.id)];
    expect(findingLines(await runAudit(whole, [grant, ...declared]))).toEqual([]);
    const inGroup = row("azuread:index/group:Group", `/groups/${readers.id}`, {
      ...{ objectId: readers.id, members: [nested.id, ann.id] },
    });
    expect(findingLines(await runAudit(whole, [grant, inGroup, member(nested, bob.id)]))).toEqual([]);
  });

  it("follows groups that contain each other only once, and names each right that a member gets", async () => {
    const { tenant, subscription } = test.azure;
    const [one, two] = [group("one"), group("two")];
    const ann = tenant.groups.addUser("ann@example.com");
    one.members.add(two.id);
    two.members.add(one.id);
    two.members.add(ann.id);
    tenant.assign(one.id, orders.id, role);
    subscription.access.add({
      ...{
        id: `${identityId}/providers/Microsoft.Authorization/roleAssignments/${role}`,
        name: role,
        scope: identityId,
      },
      ...{ principalId: two.id, principalType: "Group", roleId: azureRoles.managedIdentityOperator.id },
      ...{ description: null, createdOn: "2026-11-20T08:00:00Z" },
    });
    const messages = (await runAudit()).findings.filter(({ rule }) => rule === "undeclared-member");
    expect(messages.map(({ about, message }) => [about[0], about[3], message])).toEqual(
      expect.arrayContaining([
        [
          "two",
          ann.id,
          "has a member that nobody declared, the user ann@example.com: the group runs code as the identity (id-orders), the group is in one, which gets tokens for orders with Orders.Read",
        ],
      ]),
    );
    expect(messages).toHaveLength(3);
  });

  it("lists the groups that contain a service directly or through another group, with their directory roles", async () => {
    const { tenant } = test.azure;
    const [team, admins] = [group("team"), group("admins", { isAssignableToRole: true })];
    team.members.add(orders.id);
    admins.members.add(team.id);
    tenant.directoryRoleHolders.add(admins.id);
    const consequence =
      "orders has the rights of the group, to which directory roles can be assigned: it has the directory role Application Administrator";
    expect(findingLines(await runAudit())).toEqual(
      [
        `undeclared-member: admins ${admins.id} member ${team.id} has a member that nobody declared, the group team: ${consequence}`,
        `undeclared-member: team ${team.id} member ${orders.id} has a member that nobody declared, the service principal orders: orders has the rights of the group`,
      ].sort(),
    );
    expect(findingLines(await runAudit(whole, [member(team, orders.id)]))).toHaveLength(1);
  });

  it("lists undeclared eligible roles as eligible, but no declared ones", async () => {
    const { tenant, subscription } = test.azure;
    const createdDateTime = "2026-11-20T08:00:00Z";
    tenant.eligibleRoles.set("one", {
      ...{ id: "one", principalId: orders.id, roleDefinitionId: applicationAdministrator, directoryScopeId: "/" },
      createdDateTime,
    });
    const ann = tenant.groups.addUser("ann@example.com");
    const scope = `/subscriptions/${subscription.id}`;
    const roleId = azureRoles.owner.id;
    subscription.eligibleRoles.set("two", {
      ...{ name: "two", scope, principalId: ann.id, roleId, createdOn: createdDateTime, condition: "@Request\n  a" },
    });
    const found = await runAudit();
    expect(findingLines(found)).toEqual([
      "undeclared-directory-role: orders Application Administrator (eligible) / is a directory role that nobody declared: orders can activate the rights of Application Administrator in the whole tenant",
      `undeclared-reader: ${scope} Owner (eligible) ${ann.id} can be activated by ann@example.com, which nobody declared: it runs code as the identity (id-orders), it adds a federated credential (id-orders), under the condition @Request a, which this audit does not evaluate`,
    ]);
    expect(found.findings.map((each) => ("takeOver" in each ? each.takeOver : undefined))).toEqual([
      [
        "pulumi import azuread:index/directoryRoleEligibilityScheduleRequest:DirectoryRoleEligibilityScheduleRequest orders-'Application Administrator' one",
      ],
      undefined,
    ]);
    const also = [
      row("azuread:index/directoryRoleEligibilityScheduleRequest:DirectoryRoleEligibilityScheduleRequest", "", {
        ...{ principalId: orders.id, roleDefinitionId: applicationAdministrator, directoryScopeId: "/" },
      }),
      row("azure-native:authorization:PimRoleEligibilitySchedule", "", {
        ...{ principalId: ann.id, scope, roleDefinitionId: `${scope}/providers/Microsoft.Authorization/${roleId}` },
      }),
    ];
    expect(findingLines(await runAudit(whole, also))).toEqual([]);
    // The declaration of an eligible role does not declare the active role.
    tenant.directoryRoleHolders.add(orders.id);
    expect(findingLines(await runAudit(whole, also))).toHaveLength(1);
  });

  it("says in the last sentence that eligible roles were not listed if the tenant has no licence for them", async () => {
    test.azure.tenant.settings.privilegedIdentityManagement = false;
    const found = await runAudit();
    const { id } = test.azure.subscription;
    expect([auditExitCode(found), conclusion(found)]).toEqual([
      0,
      `Nothing undeclared was found at the 1 registrations, 1 identities and 0 vaults of dev; not checked: eligible members of groups, people with directory roles over the whole tenant, and the users of the pipelines; not listed, because the tenant has no licence of Entra ID P2: the eligible Azure roles of ${id}, the eligible directory roles.`,
    ]);
  });

  it("names the lists that it cannot read with Application.Read.All alone, and exits with 1 if it also has a finding", async () => {
    test.azure.tenant.assign(group("readers").id, orders.id, role);
    const found = await runAudit(["Application.Read.All"]);
    expect([auditExitCode(found), found.unseen.map(({ what, needs }) => `${what}: ${needs}`).sort()]).toEqual([
      1,
      [
        "the delegated grants: Directory.Read.All in Microsoft Graph",
        "the directory roles: RoleManagement.Read.Directory in Microsoft Graph",
        "the eligible directory roles: RoleManagement.Read.Directory in Microsoft Graph",
        "the members of groups: GroupMember.Read.All in Microsoft Graph",
        "the owners of groups: GroupMember.Read.All in Microsoft Graph",
      ],
    ]);
    expect(conclusion(found)).toMatch(
      /It could not read .*the members of groups.*, so nothing is known about these\.$/,
    );
  });
});
