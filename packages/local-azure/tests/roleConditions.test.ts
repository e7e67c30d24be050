import { randomUUID } from "node:crypto";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { readCondition } from "../roleCondition";

const assignments = "Microsoft.Authorization/roleAssignments";
const [reader, owner] = [azureRoles.reader.id, azureRoles.owner.id];
const request = (RoleDefinitionId: string, PrincipalId = "p", PrincipalType = "ServicePrincipal") => ({
  RoleDefinitionId,
  PrincipalId,
  PrincipalType,
});
/** The condition that the Azure portal writes for a delegation. */
const onlyReaders = `((!(ActionMatches{'${assignments}/write'}) AND !(ActionMatches{'${assignments}/delete'}))
  OR (
    @Request[${assignments}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${reader}}
    AND @Request[${assignments}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'serviceprincipal'}
  )
  OR @Resource[${assignments}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${reader}})`;

describe("a condition of a role assignment", () => {
  it.each<[string, string, Parameters<ReturnType<typeof readCondition>>[0], boolean]>([
    ["allows other actions", onlyReaders, { action: `${assignments}/read` }, true],
    [
      "allows an assignment of the named role",
      onlyReaders,
      { action: `${assignments}/write`, request: request(reader) },
      true,
    ],
    ["refuses to assign another role", onlyReaders, { action: `${assignments}/write`, request: request(owner) }, false],
    [
      "refuses another type of principal",
      onlyReaders,
      { action: `${assignments}/write`, request: request(reader, "p", "User") },
      false,
    ],
    ["refuses a write without attributes", onlyReaders, { action: `${assignments}/write` }, false],
    [
      "allows the removal of the named role",
      onlyReaders,
      { action: `${assignments}/delete`, resource: request(reader) },
      true,
    ],
    [
      "compares GUIDs case-insensitively",
      `@Request[${assignments}:RoleDefinitionId] GuidEquals '${reader.toUpperCase()}'`,
      { action: "x", request: request(reader) },
      true,
    ],
    [
      "excludes each of several principals",
      `@Request[${assignments}:PrincipalId] ForAnyOfAllValues:GuidNotEquals {p, q}`,
      { action: "x", request: request(reader, "q") },
      false,
    ],
    [
      "evaluates AND before OR",
      "ActionMatches{'x'} OR ActionMatches{'y'} AND ActionMatches{'z'}",
      { action: "x" },
      true,
    ],
    [
      "accepts && and ||, and * in an action",
      "!(ActionMatches{'x/*'}) && ActionMatches{'y'} || ActionMatches{'x/read'}",
      { action: "x/read" },
      true,
    ],
  ])("%s", (_what, condition, question, expected) => {
    expect(readCondition(condition)(question)).toBe(expected);
  });

  it.each([
    [
      "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:A_b] StringEquals 'x'",
      "the condition has '@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:A_b]' where the local Azure serves ActionMatches, or @Request or @Resource with [Microsoft.Authorization/roleAssignments:RoleDefinitionId], PrincipalId or PrincipalType",
    ],
    [
      `@Request[${assignments}:PrincipalType] StringLike 'x'`,
      "the condition has 'StringLike' where the local Azure serves one of GuidEquals, GuidNotEquals, StringEquals, StringNotEquals, StringEqualsIgnoreCase, StringNotEqualsIgnoreCase, alone or after ForAnyOfAnyValues, ForAllOfAnyValues, ForAnyOfAllValues, ForAllOfAllValues",
    ],
    ["(ActionMatches{'x'}", "the condition has 'its end' where the local Azure serves )"],
    [
      "ActionMatches{'x'} ActionMatches{'y'}",
      "the condition has 'ActionMatches' where the local Azure serves AND, OR or the end",
    ],
    [
      "ActionMatches x",
      "the condition has 'x' where the local Azure serves values in braces, like {'ServicePrincipal'}",
    ],
  ])("is refused with the unsupported part: %s", (condition, message) => {
    expect(() => readCondition(condition)).toThrow(message);
  });
});

describe("an identity that can assign roles under a condition", () => {
  let azure: TestAzure;
  let token: string;
  let principalId: string;
  let vault: string;
  beforeAll(async () => {
    azure = await startTestAzure();
    const { tenant, subscription, tenantId } = azure.azure;
    await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
    vault = "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-one";
    await azure.arm("PUT", vault, "2024-11-01", vaultBody(false));
    const application = tenant.addApplication("delegate");
    principalId = tenant.addServicePrincipal({ appId: application.appId, displayName: "delegate" }).id;
    const { secretText } = tenant.addPassword(application, { displayName: "delegate" });
    for (const [role, condition] of [
      [azureRoles.contributor.id, undefined],
      [azureRoles.userAccessAdministrator.id, onlyReaders],
    ] as const)
      await azure.arm("PUT", `/providers/${assignments}/${randomUUID()}`, "2022-04-01", {
        properties: {
          principalId,
          roleDefinitionId: `${subscription.path}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
          ...(condition === undefined ? {} : { condition, conditionVersion: "2.0" }),
        },
      });
    const { body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: application.appId,
      client_secret: secretText,
      scope: "https://management.azure.com/.default",
    });
    token = body.access_token;
    expect(tenantId).toBe(tenant.id);
  });
  afterAll(() => azure.close());

  const vaultBody = (enableRbacAuthorization: boolean) => ({
    location: "westeurope",
    properties: {
      tenantId: azure.azure.tenantId,
      sku: { family: "A", name: "standard" },
      accessPolicies: [],
      enableRbacAuthorization,
    },
  });
  const at = (name: string) => `${vault}/providers/${assignments}/${name}`;
  const assign = (role: string, by?: string, name = randomUUID()) =>
    azure.arm(
      "PUT",
      at(name),
      "2022-04-01",
      { properties: { principalId, principalType: "ServicePrincipal", roleDefinitionId: `/x/${role}` } },
      by,
    );

  it("can assign and remove only the allowed role, and its condition is visible", async () => {
    const name = randomUUID();
    expect([(await assign(reader, token, name)).status, (await assign(owner, token)).body.error.code]).toEqual([
      201,
      "AuthorizationFailed",
    ]);
    const foreign = randomUUID();
    await assign(azureRoles.keyVaultReader.id, undefined, foreign);
    const remove = async (each: string) => (await azure.arm("DELETE", at(each), "2022-04-01", undefined, token)).status;
    expect([await remove(name), await remove(foreign)]).toEqual([200, 403]);
    const { body } = await azure.arm("GET", `/providers/${assignments}`, "2022-04-01");
    expect(body.value.map((each: { properties: object }) => each.properties)).toEqual(
      expect.arrayContaining([expect.objectContaining({ condition: onlyReaders, conditionVersion: "2.0" })]),
    );
  });

  it("cannot change a vault's permission model, which requires the permission to assign any role", async () => {
    const change = (by?: string) => azure.arm("PUT", vault, "2024-11-01", vaultBody(true), by);
    const refused = await change(token);
    expect([refused.status, refused.body.error.code, refused.body.error.message]).toEqual([
      400,
      "InsufficientPermissions",
      `Caller is not allowed to change permission model. For more information on how to change the permissions model follow this link: https://go.microsoft.com/fwlink/?linkid=2155160.\r\nDetails: oid=${principalId}; action=Microsoft.Authorization/roleAssignments/write; resource=${azure.azure.subscription.path}${vault}; decision=NotAllowed;`,
    ]);
    const patched = await azure.arm(
      "PATCH",
      vault,
      "2024-11-01",
      { properties: { enableRbacAuthorization: true } },
      token,
    );
    expect(patched.body.error.code).toBe("InsufficientPermissions");
    expect((await change()).status).toBe(200);
    // A request without a change succeeds.
    expect((await change(token)).status).toBe(200);
  });

  it("must set a condition's version together with the condition", async () => {
    const { status, body } = await azure.arm("PUT", at(randomUUID()), "2022-04-01", {
      properties: { principalId, roleDefinitionId: `/x/${owner}`, condition: "ActionMatches{'x'}" },
    });
    expect([status, body.error.code]).toEqual([400, "InvalidCreateRoleAssignmentRequest"]);
  });
});
