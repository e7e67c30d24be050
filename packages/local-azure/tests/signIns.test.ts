import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

describe("the log of sign-ins", () => {
  let azure: TestAzure;
  let now = Date.parse("2026-11-25T12:00:00Z");
  beforeAll(async () => {
    azure = await startTestAzure({
      clock: () => now,
      deployerPermissions: ["AuditLog.Read.All", "Directory.Read.All"],
    });
  });
  afterAll(() => azure.close());

  const vault = "https://vault.azure.net";
  const read = async (filter?: string) => {
    const query = filter === undefined ? "" : `?$filter=${encodeURIComponent(filter)}`;
    const token = await azure.deployerToken("graph");
    return azure.send("GET", `${azure.azure.authority}/graph/beta/auditLogs/signIns${query}`, { token });
  };
  const others = "signInEventTypes/any(t: t eq 'servicePrincipal' or t eq 'managedIdentity')";

  it("contains the client, the API and the result of each token request", async () => {
    const { ARM_CLIENT_ID: client_id, ARM_CLIENT_SECRET } = azure.azure.addIdentity("orders", []);
    const ask = (client_secret: string) =>
      azure.askForToken({ grant_type: "client_credentials", client_id, client_secret, scope: `${vault}/.default` });
    await ask("wrong");
    now += 1000;
    await ask(ARM_CLIENT_SECRET);
    now += 1000;
    await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
    const path = "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders";
    const { properties } = (await azure.arm("PUT", path, "2024-11-30", { location: "westeurope" })).body;
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.azure.workloadHost();
    const query = new URLSearchParams({
      "api-version": "2019-08-01",
      resource: vault,
      client_id: properties.clientId,
    });
    await azure.send("GET", `${IDENTITY_ENDPOINT}?${query}`, { headers: { "x-identity-header": IDENTITY_HEADER } });

    const { body } = await read(`${others} and resourceDisplayName eq 'Azure Key Vault'`);
    const shown = body.value.map((each: { [name: string]: never } & { status: { errorCode: number } }) => [
      each.createdDateTime,
      each.servicePrincipalName,
      each.signInEventTypes,
      each.status.errorCode,
    ]);
    expect(shown).toEqual([
      ["2026-11-25T12:00:02Z", "id-orders", ["managedIdentity"], 0],
      ["2026-11-25T12:00:01Z", "orders", ["servicePrincipal"], 0],
      ["2026-11-25T12:00:00Z", "orders", ["servicePrincipal"], 7000215],
    ]);
    const recent = await read(`${others} and appId eq '${client_id}' and createdDateTime ge 2026-11-25T12:00:01Z`);
    expect(recent.body.value).toHaveLength(1);
    expect(JSON.stringify(body)).not.toContain(ARM_CLIENT_SECRET);
  });

  it("returns by default only sign-ins of users, of which there are none", async () => {
    expect((await read()).body.value).toEqual([]);
  });

  it("can be read only with AuditLog.Read.All", async () => {
    const given = azure.azure.addIdentity("reader", ["Directory.Read.All"]);
    const { body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: given.ARM_CLIENT_ID,
      client_secret: given.ARM_CLIENT_SECRET,
      scope: `${azure.azure.authority}/graph/.default`,
    });
    const address = `${azure.azure.authority}/graph/beta/auditLogs/signIns`;
    expect((await azure.send("GET", address, { token: body.access_token })).status).toBe(403);
  });

  it("is served next to the list of directory role holders", async () => {
    const { tenant } = azure.azure;
    const { appId } = tenant.addApplication("registrar");
    const { id } = tenant.addServicePrincipal({ appId, displayName: "registrar" });
    const holders = async () => {
      const path = `/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '${id}'`;
      return (await azure.graph("GET", path)).body.value.map(
        ({ roleDefinitionId }: { roleDefinitionId: string }) => roleDefinitionId,
      );
    };
    expect(await holders()).toEqual([]);
    tenant.directoryRoleHolders.add(id);
    expect(await holders()).toEqual(["9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"]);
  });
});
