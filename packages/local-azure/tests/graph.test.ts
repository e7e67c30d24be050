import { randomUUID } from "node:crypto";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { defaultDeployerPermissions } from "../localAzure";

describe("Microsoft Graph", () => {
  let azure: TestAzure;
  beforeAll(async () => {
    azure = await startTestAzure();
  });
  afterAll(() => azure.close());

  const role = (value: string, isEnabled = true) => ({
    id: randomUUID(),
    value,
    displayName: value,
    description: value,
    isEnabled,
    allowedMemberTypes: ["Application"],
  });
  const register = async (displayName: string) => {
    const { body: application } = await azure.graph("POST", "/v1.0/applications", { displayName });
    const { body: principal } = await azure.graph("POST", "/v1.0/servicePrincipals", { appId: application.appId });
    return { id: application.id, appId: application.appId, principal: principal.id };
  };
  const patch = (id: string, json: object) => azure.graph("PATCH", `/v1.0/applications/${id}`, { ...json });
  const errorOf = ({ status, body }: { status: number; body: { error: { code: string; message: string } } }) => [
    status,
    body.error.code,
    body.error.message,
  ];

  it.each([
    ["without a token", undefined, "Access token is empty."],
    ["with a token for another API", "arm", "Access token validation failure. Invalid audience."],
  ])("refuses a request %s", async (_case, audience, message) => {
    const token = audience && (await azure.deployerToken(audience));
    const answer = await azure.send("GET", `${azure.azure.authority}/graph/v1.0/applications`, { token });
    expect(errorOf(answer)).toEqual([401, "InvalidAuthenticationToken", message]);
  });

  it.each([
    [
      "an unknown property",
      { displayName: "x", colour: "red" },
      "Invalid property 'colour' of resource 'Application'.",
    ],
    [
      "a wrong type",
      { displayName: 7 },
      "Invalid value specified for property 'displayName' of resource 'Application': Invalid input: expected string, received number.",
    ],
    ["a missing name", {}, "A value is required for property 'displayName' of resource 'Application'."],
  ])("refuses %s, and stores nothing", async (_case, json, message) => {
    const before = azure.azure.tenant.applications.size;
    expect(errorOf(await azure.graph("POST", "/v1.0/applications", json))).toEqual([
      400,
      "Request_BadRequest",
      message,
    ]);
    expect(azure.azure.tenant.applications.size).toBe(before);
  });

  it("refuses unsupported paths and query options with a message that says so", async () => {
    expect(errorOf(await azure.graph("GET", "/v1.0/users"))).toEqual([
      400,
      "BadRequest",
      "The local Azure does not serve GET /graph/v1.0/users of Microsoft Graph.",
    ]);
    expect(errorOf(await azure.graph("GET", "/v1.0/applications?$orderby=id"))).toEqual([
      400,
      "Request_BadRequest",
      "The query option '$orderby' is not supported here; supported: $filter, $select, $top, $skiptoken, $count, $expand.",
    ]);
  });

  it("accepts a change or removal of an app role only after the role is disabled", async () => {
    const { id } = await register("roles");
    const read = role("Stock.Read");
    await patch(id, { appRoles: [read] });
    const refusal = [
      400,
      "CannotDeleteOrUpdateEnabledEntitlement",
      "Property value cannot be deleted or updated unless it is disabled first.",
    ];
    expect(errorOf(await patch(id, { appRoles: [] }))).toEqual(refusal);
    expect(errorOf(await patch(id, { appRoles: [{ ...read, description: "new" }] }))).toEqual(refusal);
    expect((await patch(id, { appRoles: [{ ...read, isEnabled: false }] })).status).toBe(204);
    expect((await patch(id, { appRoles: [] })).status).toBe(204);
  });

  it("refuses two roles with the same value, and a value with a space", async () => {
    const { id } = await register("values");
    expect((await patch(id, { appRoles: [role("A"), role("A")] })).status).toBe(400);
    expect(errorOf(await patch(id, { appRoles: [role("A B")] }))).toEqual([
      400,
      "Request_BadRequest",
      "Invalid value specified for property 'value' of resource 'AppRole': 'A B'.",
    ]);
  });

  it("accepts api://{client id} as an identifier URI, but not the name of another application", async () => {
    const { id, appId } = await register("uris");
    expect((await patch(id, { identifierUris: [`api://${appId}`] })).status).toBe(204);
    expect(errorOf(await patch(id, { identifierUris: ["api://inventory"] }))[1]).toBe("HostNameNotOnVerifiedDomain");
  });

  it("deletes assignments together with their role or one of their applications", async () => {
    const api = await register("api");
    const [caller, other] = [await register("caller"), await register("other")];
    const [read, write] = [role("Read"), role("Write")];
    await patch(api.id, { appRoles: [read, write] });
    const assign = (principalId: string, appRoleId: string) =>
      azure.graph("POST", `/v1.0/servicePrincipals/${api.principal}/appRoleAssignedTo`, {
        principalId,
        resourceId: api.principal,
        appRoleId,
      });
    const holders = async () => {
      const { body } = await azure.graph("GET", `/v1.0/servicePrincipals/${api.principal}/appRoleAssignedTo`);
      return body.value
        .map(
          (each: { principalDisplayName: string; appRoleId: string }) =>
            `${each.principalDisplayName} ${each.appRoleId === read.id ? "Read" : "Write"}`,
        )
        .sort();
    };
    await assign(caller.principal, read.id);
    await assign(caller.principal, write.id);
    await assign(other.principal, read.id);
    expect(await holders()).toEqual(["caller Read", "caller Write", "other Read"]);
    expect(errorOf(await assign(other.principal, read.id))).toEqual([
      400,
      "InvalidUpdate",
      "Permission being assigned already exists on the object",
    ]);
    expect((await assign(other.principal, randomUUID())).status).toBe(400);

    await patch(api.id, { appRoles: [read, { ...write, isEnabled: false }] });
    expect(await holders()).toEqual(["caller Read", "caller Write", "other Read"]);
    await patch(api.id, { appRoles: [read] });
    expect(await holders()).toEqual(["caller Read", "other Read"]);
    await azure.graph("DELETE", `/v1.0/applications/${caller.id}`);
    expect(await holders()).toEqual(["other Read"]);
    await azure.graph("DELETE", `/v1.0/applications/${api.id}`);
    expect(azure.azure.tenant.assignmentsOf(other.principal)).toEqual([]);
    expect((await azure.graph("GET", `/v1.0/servicePrincipals/${api.principal}`)).status).toBe(404);
  });

  it("returns a client secret only once, and later only its hint", async () => {
    const { id } = await register("secrets");
    const { body: created } = await azure.graph("POST", `/v1.0/applications/${id}/addPassword`, {});
    const { body } = await azure.graph("GET", `/v1.0/applications/${id}`);
    expect(body.passwordCredentials).toEqual([
      {
        keyId: created.keyId,
        displayName: null,
        startDateTime: created.startDateTime,
        endDateTime: created.endDateTime,
        hint: created.secretText.slice(0, 3),
        customKeyIdentifier: null,
        secretText: null,
      },
    ]);
  });

  it("filters and pages", async () => {
    for (let index = 0; index < 5; index++) await register(`paged-${index}`);
    const filter = "$filter=startswith(displayName,'paged-')&$select=displayName&$top=2";
    const found: string[] = [];
    let address = `${azure.azure.authority}/graph/v1.0/applications?${filter}`;
    for (let pages = 1; ; pages++) {
      const { body } = await azure.send("GET", address, { token: await azure.deployerToken("graph") });
      found.push(...body.value.map((each: { displayName: string }) => each.displayName));
      if (!body["@odata.nextLink"]) {
        expect(pages).toBe(3);
        break;
      }
      address = body["@odata.nextLink"];
    }
    expect(found).toEqual(["paged-0", "paged-1", "paged-2", "paged-3", "paged-4"]);
    const { body } = await azure.graph(
      "GET",
      "/v1.0/applications?$filter=displayName eq 'PAGED-1' or displayName eq 'paged-2'",
    );
    expect(body.value.map((each: { displayName: string }) => each.displayName)).toEqual(["paged-1", "paged-2"]);
    expect(errorOf(await azure.graph("GET", "/v1.0/applications?$filter=displayName gt 'a'"))[1]).toBe(
      "Request_UnsupportedQuery",
    );
  });

  describe("permissions of an app-only caller", () => {
    const denied = [403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."];

    it("allow a caller with Application.ReadWrite.OwnedBy to change only what it owns", async () => {
      const own = await register("own");
      const foreign = azure.azure.tenant.addApplication("foreign");
      expect((await patch(own.id, { notes: "mine" })).status).toBe(204);
      expect(errorOf(await patch(foreign.id, { notes: "not mine" }))).toEqual(denied);
      expect(errorOf(await azure.graph("POST", `/v1.0/applications/${foreign.id}/addPassword`, {}))).toEqual(denied);
      const oid = String([...(azure.azure.tenant.applications.get(own.id)?.owners ?? [])][0]);
      await azure.graph("DELETE", `/v1.0/applications/${own.id}/owners/${oid}/$ref`);
      expect(errorOf(await patch(own.id, { notes: "lost" }))).toEqual(denied);
    });

    it("do not include admin consent without AppRoleAssignment.ReadWrite.All", async () => {
      const limited = await startTestAzure({
        deployerPermissions: defaultDeployerPermissions.filter((each) => each !== "AppRoleAssignment.ReadWrite.All"),
      });
      const { body: application } = await limited.graph("POST", "/v1.0/applications", { displayName: "api" });
      const { body: principal } = await limited.graph("POST", "/v1.0/servicePrincipals", { appId: application.appId });
      const answer = await limited.graph("POST", `/v1.0/servicePrincipals/${principal.id}/appRoleAssignedTo`, {
        principalId: principal.id,
        resourceId: principal.id,
        appRoleId: "00000000-0000-0000-0000-000000000000",
      });
      await limited.close();
      expect(errorOf(answer)).toEqual(denied);
    });
  });
});
