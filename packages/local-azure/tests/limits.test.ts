import { randomUUID } from "node:crypto";
import { type Answer, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { selfSigned } from "@microservice-identities/test-support/certificate";
import type { DeployerEnvironment } from "../localAzure";

const day = 86_400_000;

describe("the limits and policies of a tenant", () => {
  let azure: TestAzure;
  let now = Date.now();
  beforeAll(async () => {
    azure = await startTestAzure({ clock: () => now });
  });
  afterAll(() => azure.close());

  const tokenOf = async ({ ARM_CLIENT_ID, ARM_CLIENT_SECRET }: DeployerEnvironment, scope: string): Promise<string> => {
    const { body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: ARM_CLIENT_ID,
      client_secret: ARM_CLIENT_SECRET,
      scope,
    });
    return body.access_token;
  };
  const identity = async (...permissions: string[]) => {
    const given = azure.azure.addIdentity(permissions.join(" "), permissions);
    const token = await tokenOf(given, `${azure.azure.authority}/graph/.default`);
    const objectId = azure.azure.tenant.servicePrincipalOf(given.ARM_CLIENT_ID)?.id ?? "";
    const graph = (method: string, path: string, json?: Record<string, unknown>) =>
      azure.graph(method, `/v1.0${path}`, json, token);
    return { graph, objectId };
  };
  const refusal = ({ status, body }: Answer) => [status, body.error.code, body.error.message];
  const register = async (graph: Awaited<ReturnType<typeof identity>>["graph"]) =>
    (await graph("POST", "/applications", { displayName: "orders" })).body;

  describe("the quota of a creating principal", () => {
    const exceeded = [
      403,
      "Directory_QuotaExceeded",
      "The directory object quota limit for the Principal has been exceeded. Please ask your administrator to increase the quota limit or delete objects to reduce the used quota.",
    ];
    afterEach(() => {
      azure.azure.tenant.settings.objectsPerCreator = 250;
    });

    it("is 250 objects, including service principals", async () => {
      const { graph, objectId } = await identity("Application.ReadWrite.OwnedBy");
      for (let count = 0; count < 248; count++) azure.azure.tenant.quota.created(randomUUID(), objectId);
      const { appId } = await register(graph);
      expect((await graph("POST", "/servicePrincipals", { appId })).status).toBe(201);
      expect(refusal(await graph("POST", "/applications", { displayName: "one more" }))).toEqual(exceeded);
    });

    it("counts a deleted object fully while it can be restored, and then as a quarter for 30 days", async () => {
      azure.azure.tenant.settings.objectsPerCreator = 2;
      const { graph, objectId } = await identity("Application.ReadWrite.OwnedBy");
      const { id, appId } = await register(graph);
      await graph("POST", "/servicePrincipals", { appId });
      await graph("DELETE", `/applications/${id}`);
      expect(refusal(await graph("POST", "/applications", { displayName: "x" }))).toEqual(exceeded);
      const used = () => azure.azure.tenant.quota.usedBy(objectId);
      expect(used()).toBe(2);
      await graph("DELETE", `/directory/deletedItems/${id}`);
      expect(used()).toBe(1.25);
      now += 30 * day;
      expect(azure.azure.tenant.deletedItems.all()).toEqual([]);
      // The application was purged 30 days ago. From now on its service principal cannot be restored.
      expect(used()).toBe(0.25);
      now += 30 * day;
      expect(used()).toBe(0);
    });

    it("does not apply to a principal with a directory role", async () => {
      azure.azure.tenant.settings.objectsPerCreator = 0;
      const { graph, objectId } = await identity("Application.ReadWrite.OwnedBy");
      expect((await graph("POST", "/applications", { displayName: "x" })).status).toBe(403);
      azure.azure.tenant.directoryRoleHolders.add(objectId);
      expect((await graph("POST", "/applications", { displayName: "x" })).status).toBe(201);
    });
  });

  describe("the limits of an object", () => {
    const access = (apis: number, permissions: number) =>
      Array.from({ length: apis }, (_, index) => ({
        resourceAppId: randomUUID(),
        resourceAccess: Array.from({ length: index === 0 ? permissions - apis + 1 : 1 }, () => ({
          id: randomUUID(),
          type: "Role",
        })),
      }));

    it.each([
      [50, 400, 204],
      [51, 400, 403],
      [50, 401, 403],
    ])(
      "are 50 APIs and 400 permissions: the answer to %d APIs with %d permissions is %d",
      async (apis, permissions, status) => {
        const { graph } = await identity("Application.ReadWrite.OwnedBy");
        const { id } = await register(graph);
        const answer = await graph("PATCH", `/applications/${id}`, {
          requiredResourceAccess: access(apis, permissions),
        });
        expect(answer.status).toBe(status);
        if (status === 403) {
          expect(refusal(answer)).toEqual([
            403,
            "Directory_ResourceSizeExceeded",
            "The size of the object has exceeded its limit. Please reduce the number of values and retry your request.",
          ]);
        }
      },
    );

    it("are 20 federated credentials", async () => {
      const { graph } = await identity("Application.ReadWrite.OwnedBy");
      const { id } = await register(graph);
      const add = (index: number) =>
        graph("POST", `/applications/${id}/federatedIdentityCredentials`, {
          name: `pipeline-${index}`,
          issuer: "https://token.example",
          subject: `branch-${index}`,
          audiences: ["api://AzureADTokenExchange"],
        });
      for (let index = 0; index < 20; index++) expect((await add(index)).status).toBe(201);
      expect(refusal(await add(20))).toEqual([
        400,
        "Request_BadRequest",
        "Maximum number of federated identity credentials, 20, has been reached.",
      ]);
    });

    it("are 1,500 assignments", async () => {
      const { tenant } = azure.azure;
      const principal = () => {
        const { appId } = tenant.addApplication("orders");
        return tenant.addServicePrincipal({ appId, displayName: "orders" }).id;
      };
      const [holder, api] = [principal(), principal()];
      for (let count = 0; count < 1500; count++) tenant.assign(holder, api, randomUUID());
      const answer = await azure.graph("POST", `/v1.0/servicePrincipals/${api}/appRoleAssignedTo`, {
        principalId: holder,
        resourceId: api,
        appRoleId: "00000000-0000-0000-0000-000000000000",
      });
      expect(refusal(answer)).toEqual([
        403,
        "Directory_QuotaExceeded",
        "Unable to perform operation as '1501' would exceed the maximum quota count '1500' for forward-link 'appRoleAssignments'.",
      ]);
    });
  });

  describe("the default app management policy", () => {
    const path = "/policies/defaultAppManagementPolicy";
    const id = "00000000-0000-0000-0000-000000000000";
    const restrict = async (applicationRestrictions: object) => {
      const { graph } = await identity("Policy.ReadWrite.ApplicationConfiguration");
      expect((await graph("PATCH", path, { isEnabled: true, applicationRestrictions })).status).toBe(204);
    };
    afterEach(async () => {
      const { graph } = await identity("Policy.ReadWrite.ApplicationConfiguration");
      const applicationRestrictions = { passwordCredentials: [], keyCredentials: [], identifierUris: {} };
      await graph("PATCH", path, { isEnabled: false, applicationRestrictions });
    });

    it("can be read with Policy.Read.All, but not with the registrar's permissions", async () => {
      const { graph } = await identity("Policy.Read.All");
      const { body } = await graph("GET", path);
      expect([body.id, body.isEnabled, body.applicationRestrictions]).toEqual([
        id,
        false,
        { passwordCredentials: [], keyCredentials: [] },
      ]);
      const registrar = await identity("Application.ReadWrite.OwnedBy");
      expect((await registrar.graph("GET", path)).status).toBe(403);
    });

    it("can forbid secrets", async () => {
      await restrict({ passwordCredentials: [{ restrictionType: "passwordAddition", state: "enabled" }] });
      const { graph } = await identity("Application.ReadWrite.OwnedBy");
      const application = await register(graph);
      expect(refusal(await graph("POST", `/applications/${application.id}/addPassword`, {}))).toEqual([
        400,
        "CredentialTypeNotAllowedAsPerAppPolicy",
        `Credential type not allowed as per assigned policy '${id}'.`,
      ]);
    });

    it("can limit how long secrets and certificates are valid", async () => {
      await restrict({
        passwordCredentials: [{ restrictionType: "passwordLifetime", maxLifetime: "P90D" }],
        keyCredentials: [{ restrictionType: "asymmetricKeyLifetime", maxLifetime: "P3M" }],
      });
      const { graph } = await identity("Application.ReadWrite.OwnedBy");
      const application = await register(graph);
      const days = (count: number) => new Date(now + count * day).toISOString();
      const password = (count: number) =>
        graph("POST", `/applications/${application.id}/addPassword`, {
          passwordCredential: { startDateTime: days(0), endDateTime: days(count) },
        });
      const { der } = await selfSigned("orders");
      const key = (count: number) =>
        graph("PATCH", `/applications/${application.id}`, {
          keyCredentials: [
            { type: "AsymmetricX509Cert", usage: "Verify", key: der, startDateTime: days(0), endDateTime: days(count) },
          ],
        });
      const tooLong = [
        400,
        "CredentialInvalidLifetimeAsPerAppPolicy",
        `Credential lifetime exceeds the max value allowed as per assigned policy '${id}'.`,
      ];
      expect(refusal(await password(91))).toEqual(tooLong);
      expect((await password(90)).status).toBe(200);
      expect(refusal(await key(91))).toEqual(tooLong);
      expect((await key(90)).status).toBe(204);
    });

    it("can forbid custom identifier URIs, except for applications with tokens of version 2", async () => {
      await restrict({ identifierUris: { nonDefaultUriAddition: { excludeAppsReceivingV2Tokens: true } } });
      const { graph } = await identity("Application.ReadWrite.OwnedBy");
      const { id, appId } = await register(graph);
      await graph("PATCH", `/applications/${id}`, { api: { requestedAccessTokenVersion: null } });
      const put = (...identifierUris: string[]) => graph("PATCH", `/applications/${id}`, { identifierUris });
      const { tenantId } = azure.azure;
      expect((await put(`api://${appId}`, `api://${tenantId}/${appId}`)).status).toBe(204);
      const own = `api://${tenantId}/orders`;
      expect(refusal(await put(`api://${appId}`, own))).toEqual([
        400,
        "Request_BadRequest",
        `The newly added URI ${own} must comply with the format 'api://{appId}' or 'api://{tenantId}/{appId}' as per the default app management policy of your organization. If the requestedAccessTokenVersion is set to 2, this restriction may not apply. See https://aka.ms/identifier-uri-addition-error for more information on this error.`,
      ]);
      await graph("PATCH", `/applications/${id}`, { api: { requestedAccessTokenVersion: 2 } });
      expect((await put(`api://${appId}`, own)).status).toBe(204);
    });

    it("does not apply to applications that were created before it began", async () => {
      const { graph } = await identity("Application.ReadWrite.OwnedBy");
      const application = await register(graph);
      const restrictForAppsCreatedAfterDateTime = new Date(now + day).toISOString();
      await restrict({
        passwordCredentials: [{ restrictionType: "passwordAddition", restrictForAppsCreatedAfterDateTime }],
      });
      expect((await graph("POST", `/applications/${application.id}/addPassword`, {})).status).toBe(200);
    });
  });

  it("a tenant can require a service management reference for every application", async () => {
    const { graph } = await identity("Application.ReadWrite.OwnedBy");
    const before = await register(graph);
    azure.azure.tenant.settings.serviceManagementReferenceRequired = true;
    const missing = (what: string) => [
      400,
      "ServiceTreeValueMissing",
      `ServiceManagementReference field is required for ${what}, but is missing in the request`,
    ];
    expect(refusal(await graph("POST", "/applications", { displayName: "x" }))).toEqual(missing("Create"));
    expect(refusal(await graph("PATCH", `/applications/${before.id}`, { notes: "x" }))).toEqual(missing("Update"));
    const named = await graph("POST", "/applications", { displayName: "x", serviceManagementReference: "4711" });
    expect(named.status).toBe(201);
    expect((await graph("PATCH", `/applications/${named.body.id}`, { notes: "x" })).status).toBe(204);
    azure.azure.tenant.settings.serviceManagementReferenceRequired = false;
  });

  describe("deleted items", () => {
    const items = "/directory/deletedItems";

    it("can be listed, restored and purged by the owner; the application must be restored before its service principal", async () => {
      const { graph } = await identity("Application.ReadWrite.OwnedBy");
      const { id, appId } = await register(graph);
      const uri = `api://${appId}`;
      await graph("PATCH", `/applications/${id}`, { identifierUris: [uri] });
      const { body: principal } = await graph("POST", "/servicePrincipals", { appId });
      await graph("DELETE", `/applications/${id}`);
      const { body: listed } = await graph("GET", `${items}/microsoft.graph.application`);
      expect(listed.value.find((each: { id: string }) => each.id === id).deletedDateTime).toBe(
        `${new Date(now).toISOString().slice(0, 19)}Z`,
      );
      expect(refusal(await graph("POST", `${items}/${principal.id}/restore`))).toEqual([
        400,
        "Request_BadRequest",
        `Cannot restore ServicePrincipal without backing Application ${appId}`,
      ]);
      expect((await graph("POST", `${items}/${id}/restore`)).body).toMatchObject({ id, appId, deletedDateTime: null });
      expect((await graph("GET", `/applications/${id}`)).body.identifierUris).toEqual([uri]);
      expect((await graph("POST", `${items}/${principal.id}/restore`)).body.id).toBe(principal.id);
      expect((await graph("GET", `/servicePrincipals/${principal.id}`)).status).toBe(200);

      await graph("DELETE", `/applications/${id}`);
      expect((await graph("DELETE", `${items}/${id}`)).status).toBe(204);
      expect((await graph("GET", `${items}/${id}`)).status).toBe(404);
      expect((await graph("GET", `${items}/${principal.id}`)).status).toBe(200);
    });

    it("cannot be restored or purged by others", async () => {
      const [{ graph }, other] = [
        await identity("Application.ReadWrite.OwnedBy"),
        await identity("Application.ReadWrite.OwnedBy"),
      ];
      const { id } = await register(graph);
      await graph("DELETE", `/applications/${id}`);
      expect((await other.graph("POST", `${items}/${id}/restore`)).status).toBe(403);
      expect((await other.graph("DELETE", `${items}/${id}`)).status).toBe(403);
    });

    it("are purged after 30 days", async () => {
      const { graph } = await identity("Application.ReadWrite.OwnedBy");
      const { id } = await register(graph);
      await graph("DELETE", `/applications/${id}`);
      now += 30 * day - 1;
      expect((await graph("GET", `${items}/${id}`)).status).toBe(401);
      const again = await identity("Application.ReadWrite.OwnedBy");
      expect((await again.graph("GET", `${items}/${id}`)).status).toBe(200);
      now += 1;
      expect((await again.graph("GET", `${items}/${id}`)).status).toBe(404);
    });
  });

  describe("permissions", () => {
    it("with Application.ReadWrite.OwnedBy do not include adding owners", async () => {
      const { graph, objectId } = await identity("Application.ReadWrite.OwnedBy");
      const other = await identity("Application.Read.All");
      const { id } = await register(graph);
      const reference = (of: string) => ({ "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${of}` });
      const refused = await graph("POST", `/applications/${id}/owners/$ref`, reference(other.objectId));
      expect(refusal(refused)).toEqual([
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
      ]);
      const administrator = await identity("Application.ReadWrite.All");
      const added = await administrator.graph("POST", `/applications/${id}/owners/$ref`, reference(other.objectId));
      expect(added.status).toBe(204);
      const { body } = await graph("GET", `/applications/${id}/owners`);
      expect(body.value.map((each: { id: string }) => each.id)).toEqual([objectId, other.objectId]);
    });

    it.each([
      [false, 403],
      [true, 201],
    ])(
      "of an API's owner include assigning its roles only by a setting: with %s the answer is %d",
      async (ownersAssignRoles, status) => {
        azure.azure.tenant.settings.ownersAssignRoles = ownersAssignRoles;
        const { graph } = await identity("Application.ReadWrite.OwnedBy");
        const service = async () => {
          const { appId } = await register(graph);
          return (await graph("POST", "/servicePrincipals", { appId })).body.id as string;
        };
        const [api, holder] = [await service(), await service()];
        const assign = (resourceId: string) =>
          graph("POST", `/servicePrincipals/${resourceId}/appRoleAssignedTo`, {
            principalId: holder,
            resourceId,
            appRoleId: "00000000-0000-0000-0000-000000000000",
          });
        expect((await assign(api)).status).toBe(status);
        // Nobody owns Microsoft Graph.
        const foreign = azure.azure.tenant.servicePrincipalOf("00000003-0000-0000-c000-000000000000")?.id ?? "";
        expect((await assign(foreign)).status).toBe(403);
        azure.azure.tenant.settings.ownersAssignRoles = false;
      },
    );

    it("for deleting a resource group do not include reading the result of the deletion", async () => {
      const group = "/resourceGroups/rg-polled";
      const custom = (actions: string[]) => ({
        properties: {
          roleName: actions.join(" "),
          assignableScopes: [azure.azure.subscription.path],
          permissions: [{ actions }],
        },
      });
      const deleteAs = async (actions: string[]) => {
        const role = randomUUID();
        await azure.arm("PUT", group, "2024-03-01", { location: "westeurope" });
        const definition = `/providers/Microsoft.Authorization/roleDefinitions/${role}`;
        await azure.arm("PUT", definition, "2022-04-01", custom(actions));
        const token = await tokenOf(
          azure.azure.addIdentity("registrar", [], role),
          "https://management.core.windows.net//.default",
        );
        const answer = await azure.arm("DELETE", group, "2024-03-01", undefined, token);
        expect(answer.status).toBe(202);
        const result = await azure.send("GET", answer.headers.get("location") ?? "", { token });
        return result.status === 403 ? result.body.error : result.status;
      };
      const deletion = "Microsoft.Resources/subscriptions/resourceGroups/delete";
      const reading = "Microsoft.Resources/subscriptions/operationresults/read";
      expect(await deleteAs([deletion])).toEqual({
        code: "AuthorizationFailed",
        message: expect.stringContaining(
          `to perform action '${reading}' over scope '${azure.azure.subscription.path}'`,
        ),
      });
      expect(await deleteAs([deletion, reading])).toBe(200);
    });
  });
});
