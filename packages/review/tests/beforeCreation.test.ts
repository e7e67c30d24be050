import { unknownValue } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { beforeCreation } from "../pack/beforeCreation";
import type { Waiver } from "../waivers";

const today = "2026-11-25";
const opts = { protect: false, ignoreChanges: [], aliases: [], additionalSecretOutputs: [] };
const provider = { type: "pulumi:providers:azuread", urn: "p", name: "p", props: {} };
const assignment = (appRoleId: unknown) => ({
  urn: "urn:pulumi:dev::p::azuread:index/appRoleAssignment:AppRoleAssignment::disguised",
  type: "azuread:index/appRoleAssignment:AppRoleAssignment",
  props: { appRoleId, principalObjectId: "p-caller", resourceObjectId: "p-graph" },
  opts: { ...opts, customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 } },
  provider,
});
const roleAssignment = (roleDefinitionId: string) => ({
  ...assignment(undefined),
  urn: "urn:pulumi:dev::p::azure-native:authorization:RoleAssignment::deployer",
  type: "azure-native:authorization:RoleAssignment",
  props: { roleDefinitionId, principalId: "p", scope: "/subscriptions/s" },
});
const waiver: Waiver = {
  rule: "privileged-graph",
  subject: "caller → Microsoft Graph AppRoleAssignment.ReadWrite.All",
  accepts: "any",
  stack: "dev",
  reason: "It consents for pipelines.",
  owner: "the platform team",
  until: "2027-01-31",
};
const globalAdministrator = "62e90394-69f5-4237-9190-012177145e10";
const customRole = "11111111-2222-4333-8444-555555555555";
const found = (resource: Parameters<typeof beforeCreation>[0], waivers: readonly Waiver[] = []) =>
  beforeCreation(resource, waivers, today).map(({ rule }) => rule);

describe("a finding before a resource is created", () => {
  it("reports a privileged role of Microsoft Graph in upper and lower case", () => {
    expect(found(assignment("06B708A9-E830-4DB3-A914-8E69DA51D44F"))).toEqual(["privileged-graph"]);
  });

  it("does not report a role of the stack itself or an unknown role, which are checked for the whole stack", () => {
    expect(found(assignment("11111111-2222-4333-8444-555555555555"))).toEqual([]);
    expect(found(assignment(unknownValue("is known only after the deployment")))).toEqual([]);
  });

  it("is waived by a waiver for the role and the stack until the waiver expires", () => {
    const tierZero = assignment("06b708a9-e830-4db3-a914-8e69da51d44f");
    expect(found(tierZero, [waiver])).toEqual([]);
    expect(found(tierZero, [{ ...waiver, stack: "prod" }])).toEqual(["privileged-graph"]);
    expect(found(tierZero, [{ ...waiver, until: "2026-11-24" }])).toEqual(["privileged-graph"]);
    expect(found(tierZero, [{ ...waiver, subject: "caller → Microsoft Graph User.Read.All" }])).toEqual([
      "privileged-graph",
    ]);
  });

  it("reports Owner, but no custom role, because the definition of a custom role has its own finding", () => {
    expect(found(roleAssignment("/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"))).toEqual(["broad-deployer"]);
    expect(found(roleAssignment("/x/11111111-2222-4333-8444-555555555555"))).toEqual([]);
  });

  const notYet = unknownValue("is known only after the deployment");
  const of = (type: string, props: object) => ({ ...assignment(undefined), type: `azuread:index/${type}`, props });
  const directoryRole = (roleId: string, principalObjectId: unknown) =>
    of("directoryRoleAssignment:DirectoryRoleAssignment", { roleId, principalObjectId });
  const delegated = (servicePrincipalObjectId: unknown) =>
    of("servicePrincipalDelegatedPermissionGrant:ServicePrincipalDelegatedPermissionGrant", {
      servicePrincipalObjectId,
      resourceServicePrincipalObjectId: "p-graph",
      claimValues: ["Mail.Read"],
    });
  const owner = "/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
  const withProps = (resource: ReturnType<typeof roleAssignment>, props: object) => ({
    ...resource,
    props: { ...resource.props, ...props },
  });
  it.each([
    ["an Azure role", roleAssignment(owner), withProps(roleAssignment(owner), { principalId: notYet })],
    ["the scope of an Azure role", roleAssignment(owner), withProps(roleAssignment(owner), { scope: notYet })],
    ["a directory role", directoryRole(globalAdministrator, "p"), directoryRole(globalAdministrator, notYet)],
    ["the kind of directory role", directoryRole(globalAdministrator, "p"), directoryRole(customRole, "p")],
    ["a delegated grant", delegated("p"), delegated(notYet)],
  ])("is not one that assumes the worst, because somebody else decides about %s", (_, decided, assumed) => {
    expect([found(decided).length, found(assumed)]).toEqual([1, []]);
  });
});
