import { randomUUID } from "node:crypto";
import { type Answer, claimsOf, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { selfSigned } from "@microservice-identities/test-support/certificate";

describe("queries of Microsoft Graph", () => {
  let azure: TestAzure;
  let token: string;
  let api: { id: string; appId: string; principal: string };
  let caller: { id: string; appId: string; principal: string };
  const role = randomUUID();
  beforeAll(async () => {
    azure = await startTestAzure({
      deployerPermissions: [
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
      ],
    });
    token = await azure.deployerToken("graph");
    const register = async (displayName: string, json: object = {}) => {
      const { body: application } = await graph("POST", "/applications", { displayName, ...json });
      const { body: principal } = await graph("POST", "/servicePrincipals", { appId: application.appId });
      return { id: application.id, appId: application.appId, principal: principal.id };
    };
    const appRole = { value: "Stock.Read", displayName: "x", description: "x", isEnabled: true };
    api = await register("inventory", {
      tags: ["shop", "Stock"],
      web: { redirectUris: ["https://inventory.example/callback"] },
      appRoles: [{ ...appRole, id: role, allowedMemberTypes: ["Application"] }],
    });
    caller = await register("fulfillment", { notes: "calls" });
    await graph("POST", `/servicePrincipals/${api.principal}/appRoleAssignedTo`, {
      principalId: caller.principal,
      resourceId: api.principal,
      appRoleId: role,
    });
  });
  afterAll(() => azure.close());

  const graph = async (
    method: string,
    path: string,
    json?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> => azure.send(method, `${azure.azure.authority}/graph/v1.0${path}`, { token, json, headers });
  const eventual = { ConsistencyLevel: "eventual" };
  const refusal = ({ status, body }: Answer) => [status, body.error.code, body.error.message];
  const named = async (filter: string, headers: Record<string, string> = {}) => {
    const count = headers.ConsistencyLevel ? "&$count=true" : "";
    const answer = await graph(
      "GET",
      `/applications?$filter=${encodeURIComponent(filter)}${count}`,
      undefined,
      headers,
    );
    if (answer.status !== 200) return refusal(answer);
    const names: string[] = answer.body.value.map(({ displayName }: { displayName: string }) => displayName);
    return names.filter((name) => name !== "deployer").sort();
  };

  it.each([
    ["displayName eq 'INVENTORY'", ["inventory"]],
    ["startsWith(displayName,'inv')", ["inventory"]],
    ["displayName in ('inventory','fulfillment','none')", ["fulfillment", "inventory"]],
    ["displayName ge 'g' and displayName le 'j'", ["inventory"]],
    ["createdDateTime ge 2020-01-01T00:00:00Z", ["fulfillment", "inventory"]],
    ["createdDateTime le 2020-01-01T00:00:00Z", []],
    ["tags/any(t:t eq 'stock')", ["inventory"]],
    ["tags/any(t:startswith(t,'sh'))", ["inventory"]],
    ["web/redirectUris/any(u:u eq 'https://inventory.example/callback')", ["inventory"]],
    ["appRoles/any(r:r/value eq 'Stock.Read' and r/isEnabled eq true)", ["inventory"]],
    ["notes eq null or (displayName eq 'x')", ["inventory"]],
    ["displayName eq 'it''s not there'", []],
  ])("understand %s", async (filter, expected) => {
    expect(await named(filter)).toEqual(expected);
  });

  it.each([
    ["displayName ne 'inventory' and displayName ne 'deployer'", ["fulfillment"], "Ne"],
    ["endsWith(displayName,'ment')", ["fulfillment"], "EndsWith"],
    ["not(startsWith(displayName,'inv'))", ["fulfillment"], "Not"],
  ])("understand %s only with eventual consistency", async (filter, expected, operator) => {
    expect(await named(filter, eventual)).toEqual(expected);
    expect(await named(filter)).toEqual([
      400,
      "Request_UnsupportedQuery",
      `Operator '${operator}' is not supported because the 'ConsistencyLevel:eventual' header is missing. Refer to https://aka.ms/graph-docs/advanced-queries for more information`,
    ]);
  });

  it.each([
    [
      "startswith(nosuch,'x')",
      "BadRequest",
      "Could not find a property named 'nosuch' on type 'microsoft.graph.application'.",
    ],
    [
      "redirectUris/any(u:u eq 'x')",
      "BadRequest",
      "Could not find a property named 'redirectUris' on type 'microsoft.graph.application'.",
    ],
    ["nosuch eq 'x'", "BadRequest", "Could not find a property named 'nosuch' on type 'microsoft.graph.application'."],
    ["contains(displayName,'x')", "Request_UnsupportedQuery", "Invalid filter clause: 'contains(displayName,'x')'."],
    ["tags/all(t:t eq 'x')", "Request_UnsupportedQuery", "Invalid filter clause: 'tags/all(t:t eq 'x')'."],
    ["displayName gt 'x'", "Request_UnsupportedQuery", "Invalid filter clause: 'displayName gt 'x''."],
    [
      "displayName/any(t:t eq 'x')",
      "Request_UnsupportedQuery",
      "Invalid filter clause: 'displayName/any(t:t eq 'x')'.",
    ],
    ["displayName eq 'x' extra", "Request_UnsupportedQuery", "Invalid filter clause: 'displayName eq 'x' extra'."],
    [
      "appId eq 00000003-0000-0000-c000-000000000000",
      "BadRequest",
      "A binary operator with incompatible types was detected. Found operand types 'Edm.String' and 'Edm.Guid' for operator kind 'Equal'.",
    ],
  ])("refuse %s", async (filter, code, message) => {
    expect(await named(filter)).toEqual([400, code, message]);
  });

  it("compare ids of assignments without quotes", async () => {
    const path = `/servicePrincipals/${caller.principal}/appRoleAssignments?$filter=resourceId eq `;
    const { body } = await graph("GET", `${path}${api.principal.toUpperCase()}`);
    expect(body.value.map(({ appRoleId }: { appRoleId: string }) => appRoleId)).toEqual([role]);
    expect((await graph("GET", `${path}${caller.principal}`)).body.value).toEqual([]);
    expect(refusal(await graph("GET", `${path}'${api.principal}'`))).toEqual([
      400,
      "BadRequest",
      "A binary operator with incompatible types was detected. Found operand types 'Edm.Guid' and 'Edm.String' for operator kind 'Equal'.",
    ]);
  });

  it("count, with eventual consistency", async () => {
    const filter = "$filter=startsWith(displayName,'inv')";
    const counted = await graph("GET", `/applications?${filter}&$count=true`, undefined, eventual);
    expect(counted.body["@odata.count"]).toBe(1);
    expect((await graph("GET", `/applications?${filter}&$count=true`)).status).toBe(400);
    const text = await graph("GET", "/applications/$count", undefined, eventual);
    expect([text.status, text.body, text.headers.get("content-type")]).toEqual([200, 3, "text/plain"]);
    expect(refusal(await graph("GET", "/servicePrincipals/$count"))).toEqual([
      400,
      "Request_BadRequest",
      "$count is not currently supported.",
    ]);
  });

  it("expand owners and assignments, and refuse other expansions", async () => {
    const { body: application } = await graph("GET", `/applications/${api.id}?$select=displayName&$expand=owners`);
    expect([application.displayName, application.owners.map(({ displayName }: never) => displayName)]).toEqual([
      "inventory",
      ["deployer"],
    ]);
    const { body: principal } = await graph("GET", `/servicePrincipals/${api.principal}?$expand=appRoleAssignedTo`);
    expect(principal.appRoleAssignedTo.map(({ principalId }: { principalId: string }) => principalId)).toEqual([
      caller.principal,
    ]);
    expect(refusal(await graph("GET", `/applications/${api.id}?$expand=extensionProperties`))).toEqual([
      400,
      "Request_BadRequest",
      "'$expand' of 'extensionProperties' is not supported here; supported: owners, federatedIdentityCredentials.",
    ]);
  });

  it("can name objects by their alternate keys, in reads and writes", async () => {
    expect((await graph("GET", `/applications(appId='${api.appId}')`)).body.id).toBe(api.id);
    expect((await graph("GET", `/applications('${api.id}')`)).body.id).toBe(api.id);
    expect((await graph("GET", `/servicePrincipals(appId='${api.appId}')`)).body.id).toBe(api.principal);
    const assigned = await graph("GET", `/servicePrincipals(appId='${api.appId}')/appRoleAssignedTo`);
    expect(assigned.body.value).toHaveLength(1);
    expect((await graph("PATCH", `/applications(appId='${api.appId}')`, { notes: null })).status).toBe(204);
    expect((await graph("GET", `/applications(appId='${randomUUID()}')`)).status).toBe(404);
  });

  it("can create a missing object by its unique name, and change an existing one", async () => {
    const path = "/applications(uniqueName='billing')";
    const prefer = { Prefer: "create-if-missing" };
    expect((await graph("PATCH", path, { displayName: "billing" })).status).toBe(404);
    const created = await graph("PATCH", path, { displayName: "billing" }, prefer);
    expect([created.status, created.body.uniqueName]).toEqual([201, "billing"]);
    expect((await graph("PATCH", path, { displayName: "Billing" }, prefer)).status).toBe(204);
    const { body } = await graph("GET", path);
    expect([body.id, body.displayName]).toEqual([created.body.id, "Billing"]);
    const principal = `/servicePrincipals(appId='${created.body.appId}')`;
    expect((await graph("PATCH", principal, { tags: ["a"] }, prefer)).status).toBe(201);
    expect((await graph("PATCH", principal, { tags: ["b"] }, prefer)).status).toBe(204);
    expect((await graph("GET", principal)).body.tags).toEqual(["b"]);
    await graph("DELETE", `/applications/${created.body.id}`);
  });

  it("can be sent in batches, with the permissions of the caller", async () => {
    const { status, body } = await graph("POST", "/$batch", {
      requests: [
        { id: "1", method: "GET", url: `/applications/${api.id}?$select=displayName` },
        { id: "2", method: "GET", url: `/applications/${randomUUID()}` },
        { id: "3", method: "GET", url: "/applications", dependsOn: ["2"] },
        { id: "4", method: "PATCH", url: `/applications/${api.id}`, body: { notes: "batched" } },
        { id: "5", method: "GET", url: "/applications/$count", headers: eventual },
      ],
    });
    expect(status).toBe(200);
    expect(body.responses.map((each: { id: string; status: number }) => [each.id, each.status])).toEqual([
      ["1", 200],
      ["2", 404],
      ["3", 424],
      ["4", 204],
      ["5", 200],
    ]);
    expect(body.responses[0].body.displayName).toBe("inventory");
    expect((await graph("GET", `/applications/${api.id}`)).body.notes).toBe("batched");
    const requests = Array.from({ length: 21 }, (_, index) => ({
      id: `${index}`,
      method: "GET",
      url: "/applications",
    }));
    expect((await graph("POST", "/$batch", { requests })).status).toBe(400);
    const anonymous = await azure.send("POST", `${azure.azure.authority}/graph/v1.0/$batch`, {
      json: { requests: [] },
    });
    expect(anonymous.status).toBe(401);
  });

  it("can add a secret to a service principal", async () => {
    const { body } = await graph("POST", `/servicePrincipals/${caller.principal}/addPassword`, {});
    const ask = async () => {
      const answer = await azure.askForToken({
        grant_type: "client_credentials",
        client_id: caller.appId,
        client_secret: body.secretText,
        scope: `${api.appId}/.default`,
      });
      return answer.status === 200 ? claimsOf(answer.body.access_token).roles : answer.body.error_codes;
    };
    expect(await ask()).toEqual(["Stock.Read"]);
    const { body: principal } = await graph("GET", `/servicePrincipals/${caller.principal}`);
    expect(principal.passwordCredentials.map(({ keyId }: { keyId: string }) => keyId)).toEqual([body.keyId]);
    expect((await graph("GET", `/applications/${caller.id}`)).body.passwordCredentials).toEqual([]);
    await graph("POST", `/servicePrincipals/${caller.principal}/removePassword`, { keyId: body.keyId });
    expect(await ask()).toEqual([7000215]);
  });

  it("keep delegated grants until one of their principals is deleted", async () => {
    const grant = {
      clientId: caller.principal,
      consentType: "AllPrincipals",
      resourceId: api.principal,
      scope: "read",
    };
    const { status, body } = await graph("POST", "/oauth2PermissionGrants", grant);
    expect([status, body.scope, body.principalId]).toEqual([201, "read", null]);
    expect((await graph("POST", "/oauth2PermissionGrants", grant)).status).toBe(409);
    await graph("PATCH", `/oauth2PermissionGrants/${body.id}`, { scope: "read write" });
    const listed = await graph("GET", `/oauth2PermissionGrants?$filter=clientId eq '${caller.principal}'`);
    expect(listed.body.value).toEqual([{ id: body.id, ...grant, principalId: null, scope: "read write" }]);
    await graph("DELETE", `/applications/${caller.id}`);
    expect((await graph("GET", `/oauth2PermissionGrants/${body.id}`)).status).toBe(404);
  });

  it("find objects of any type by their ids", async () => {
    const ids = [api.principal, api.id, randomUUID()];
    const typesOf = async (json: object) =>
      (await graph("POST", "/directoryObjects/getByIds", json)).body.value.map(
        (each: Record<string, string>) => each["@odata.type"],
      );
    expect(await typesOf({ ids })).toEqual(["#microsoft.graph.servicePrincipal", "#microsoft.graph.application"]);
    expect(await typesOf({ ids, types: ["application"] })).toEqual(["#microsoft.graph.application"]);
    expect((await graph("GET", `/directoryObjects/${api.id}`)).body.appId).toBe(api.appId);
    expect((await graph("GET", `/directoryObjects/${ids[2]}`)).status).toBe(404);
  });

  it("accept a certificate in base64 with line breaks", async () => {
    const { der } = await selfSigned("inventory");
    const key = der.replace(/.{64}/g, "$&\r\n");
    const keyCredentials = [{ type: "AsymmetricX509Cert", usage: "Verify", key }];
    expect((await graph("PATCH", `/applications/${api.id}`, { keyCredentials })).status).toBe(204);
  });

  it("return the default audience and token version of an application that does not set them", async () => {
    const { body } = await graph("POST", "/applications", { displayName: "x" });
    expect([body.signInAudience, body.api.requestedAccessTokenVersion]).toEqual(["AzureADMyOrg", null]);
    const signInAudience = "AzureADandPersonalMicrosoftAccount";
    const { body: forAll } = await graph("POST", "/applications", { displayName: "x", signInAudience });
    expect(forAll.api.requestedAccessTokenVersion).toBe(2);
  });
});
