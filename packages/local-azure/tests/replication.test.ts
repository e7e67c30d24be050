import { randomUUID } from "node:crypto";
import { type Answer, claimsOf, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { selfSigned, type TestCertificate } from "@microservice-identities/test-support/certificate";
import { SignJWT } from "jose";
import type { FaultPlan } from "../faults";

describe("a directory with delayed replicas", () => {
  let azure: TestAzure;
  let now = Date.now();
  const wait = (seconds: number) => {
    now += seconds * 1000;
  };
  const plan = (faults: FaultPlan) => azure.azure.faults.set(faults);
  const graph = (method: string, path: string, json?: Record<string, unknown>) =>
    azure.graph(method, `/v1.0${path}`, json);
  const refusal = ({ status, body }: Answer) => [status, body.error.code, body.error.message];
  const notFound = (id: string) => [
    404,
    "Request_ResourceNotFound",
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  ];
  const idsOf = ({ body }: Answer) => body.value.map(({ id }: { id: string }) => id);

  beforeAll(async () => {
    azure = await startTestAzure({
      clock: () => now,
      deployerPermissions: ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"],
    });
  });
  afterAll(() => azure.close());
  afterEach(() => azure.azure.faults.clear());

  const role = (value: string) => ({
    id: randomUUID(),
    value,
    displayName: value,
    description: value,
    isEnabled: true,
    allowedMemberTypes: ["Application"],
  });
  const application = async (json: Record<string, unknown> = {}) =>
    (await graph("POST", "/applications", { displayName: "orders", ...json })).body;
  const service = async (json: Record<string, unknown> = {}) => {
    const registered = await application(json);
    const principal = (await graph("POST", "/servicePrincipals", { appId: registered.appId })).body;
    return { ...registered, principal: principal.id };
  };
  const withRole = async () => {
    const [api, caller] = [await service(), await service()];
    const read = role("Orders.Read");
    await graph("PATCH", `/applications/${api.id}`, { appRoles: [read] });
    const path = `/servicePrincipals/${api.principal}/appRoleAssignedTo`;
    const assign = () =>
      graph("POST", path, { principalId: caller.principal, resourceId: api.principal, appRoleId: read.id });
    return { api, caller, read, path, assign };
  };

  describe("in Graph", () => {
    it("does not find a new application before its delay is over: by id, in lists, in a write, for a service principal", async () => {
      plan({ replication: { applicationSeconds: 2 } });
      const { id, appId } = await application();
      const inList = async () => idsOf(await graph("GET", `/applications?$filter=appId eq '${appId}'`));
      wait(1.999);
      expect(refusal(await graph("GET", `/applications/${id}`))).toEqual(notFound(id));
      expect(refusal(await graph("PATCH", `/applications/${id}`, { notes: "x" }))).toEqual(notFound(id));
      expect(refusal(await graph("POST", `/applications/${id}/addPassword`, {}))).toEqual(notFound(id));
      expect(await inList()).toEqual([]);
      expect(refusal(await graph("POST", "/servicePrincipals", { appId }))).toEqual([
        400,
        "NoBackingApplicationObject",
        `The appId '${appId}' of the service principal does not reference a valid application object.`,
      ]);
      wait(0.001);
      expect((await graph("GET", `/applications/${id}`)).status).toBe(200);
      expect(await inList()).toEqual([id]);
      expect((await graph("POST", "/servicePrincipals", { appId })).status).toBe(201);
    });

    it("does not find a new service principal, and refuses to assign its roles", async () => {
      const { assign, caller } = await withRole();
      plan({ replication: { servicePrincipalSeconds: 2 } });
      const registered = await application();
      const { id } = (await graph("POST", "/servicePrincipals", { appId: registered.appId })).body;
      const path = `/servicePrincipals/${caller.principal}/appRoleAssignments`;
      const toNew = {
        principalId: caller.principal,
        resourceId: id,
        appRoleId: "00000000-0000-0000-0000-000000000000",
      };
      expect(refusal(await graph("GET", `/servicePrincipals/${id}`))).toEqual(notFound(id));
      expect(refusal(await graph("POST", path, toNew))).toEqual(notFound(id));
      expect(idsOf(await graph("GET", `/servicePrincipals?$filter=appId eq '${registered.appId}'`))).toEqual([]);
      expect((await assign()).status).toBe(201);
      wait(2);
      expect((await graph("GET", `/servicePrincipals/${id}`)).status).toBe(200);
      expect((await graph("POST", path, toNew)).status).toBe(201);
    });

    it("hides a new assignment from reads, but refuses to create it again", async () => {
      const { assign, path, caller } = await withRole();
      plan({ replication: { appRoleAssignmentSeconds: 3 } });
      const { status, body } = await assign();
      expect(status).toBe(201);
      const reads = async () => [
        (await graph("GET", `${path}/${body.id}`)).status,
        idsOf(await graph("GET", path)),
        idsOf(await graph("GET", `/servicePrincipals/${caller.principal}/appRoleAssignments`)),
      ];
      expect(await reads()).toEqual([404, [], []]);
      expect(refusal(await assign())).toEqual([
        400,
        "InvalidUpdate",
        "Permission being assigned already exists on the object",
      ]);
      wait(3);
      expect(await reads()).toEqual([200, [body.id], [body.id]]);
    });

    it("does not show a new password, key or federated credential yet, but shows everything else at once", async () => {
      const { id } = await application();
      plan({ replication: { credentialSeconds: 4, federatedCredentialSeconds: 5 } });
      const { der } = await selfSigned("orders");
      await graph("POST", `/applications/${id}/addPassword`, {});
      const keyCredentials = [{ type: "AsymmetricX509Cert", usage: "Verify", key: der }];
      await graph("PATCH", `/applications/${id}`, { keyCredentials, notes: "with a key" });
      const federated = `/applications/${id}/federatedIdentityCredentials`;
      const { body: trust } = await graph("POST", federated, {
        name: "pipeline",
        issuer: "https://token.example",
        subject: "main",
        audiences: ["api://AzureADTokenExchange"],
      });
      const shown = async () => {
        const { body } = await graph("GET", `/applications/${id}`);
        const { status } = await graph("GET", `${federated}/${trust.id}`);
        const listed = idsOf(await graph("GET", federated)).length;
        return [body.notes, body.passwordCredentials.length, body.keyCredentials.length, status, listed];
      };
      expect(await shown()).toEqual(["with a key", 0, 0, 404, 0]);
      wait(4);
      expect(await shown()).toEqual(["with a key", 1, 1, 404, 0]);
      wait(1);
      expect(await shown()).toEqual(["with a key", 1, 1, 200, 1]);
    });

    it("returns the state before a PATCH, in single reads and in lists", async () => {
      const { id, appId, principal } = await service({ notes: "before" });
      plan({ staleReadSeconds: 1.5 });
      await graph("PATCH", `/applications/${id}`, { notes: "between", identifierUris: [`api://${appId}`] });
      wait(1);
      await graph("PATCH", `/applications/${id}`, { notes: "after" });
      await graph("PATCH", `/servicePrincipals/${principal}`, { appRoleAssignmentRequired: true });
      const shown = async () => {
        const { body: one } = await graph("GET", `/applications/${id}`);
        const { body: list } = await graph("GET", `/applications?$filter=appId eq '${appId}'`);
        const { body: other } = await graph("GET", `/servicePrincipals/${principal}`);
        expect(list.value.map((row: object) => ({ "@odata.context": one["@odata.context"], ...row }))).toEqual([one]);
        return [one.notes, one.identifierUris, other.appRoleAssignmentRequired];
      };
      expect(await shown()).toEqual(["before", [], false]);
      wait(0.5);
      expect(await shown()).toEqual(["between", [`api://${appId}`], false]);
      wait(1);
      expect(await shown()).toEqual(["after", [`api://${appId}`], true]);
    });

    it("returns the owners before a change", async () => {
      const { id } = await application();
      const { principal } = await service();
      plan({ staleReadSeconds: 1 });
      const reference = { "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${principal}` };
      const owners = async () => idsOf(await graph("GET", `/applications/${id}/owners`)).includes(principal);
      expect((await graph("POST", `/applications/${id}/owners/$ref`, reference)).status).toBe(204);
      expect(await owners()).toBe(false);
      wait(1);
      expect(await owners()).toBe(true);
    });

    it("loses a change if a later write is based on a stale read", async () => {
      const { id } = await application();
      const [first, second] = [{ ...role("First"), isEnabled: false }, role("Second")];
      plan({ staleReadSeconds: 1.5 });
      await graph("PATCH", `/applications/${id}`, { appRoles: [first] });
      const { appRoles } = (await graph("GET", `/applications/${id}`)).body;
      await graph("PATCH", `/applications/${id}`, { appRoles: [...appRoles, second] });
      wait(1.5);
      const { body } = await graph("GET", `/applications/${id}`);
      expect(body.appRoles.map(({ value }: { value: string }) => value)).toEqual(["Second"]);
    });

    it("shows a new role on the application before the service principal has it", async () => {
      const [api, caller] = [await service(), await service()];
      plan({ replication: { roleOnPrincipalSeconds: 2 } });
      const read = role("Orders.Read");
      await graph("PATCH", `/applications/${api.id}`, { appRoles: [read] });
      const roles = async () => [
        (await graph("GET", `/applications/${api.id}`)).body.appRoles.length,
        (await graph("GET", `/servicePrincipals/${api.principal}`)).body.appRoles.length,
      ];
      const assign = () =>
        graph("POST", `/servicePrincipals/${api.principal}/appRoleAssignedTo`, {
          principalId: caller.principal,
          resourceId: api.principal,
          appRoleId: read.id,
        });
      expect(await roles()).toEqual([1, 0]);
      expect(refusal(await assign())).toEqual([
        400,
        "Request_BadRequest",
        `Permission being assigned was not found on application '${api.appId}'.`,
      ]);
      wait(2);
      expect(await roles()).toEqual([1, 1]);
      expect((await assign()).status).toBe(201);
    });

    it("still shows a deleted object, and refuses to delete it again", async () => {
      const { api, caller, path, assign } = await withRole();
      const { body: granted } = await assign();
      plan({ replication: { removedSeconds: 2 } });
      await graph("DELETE", `${path}/${granted.id}`);
      await graph("DELETE", `/applications/${caller.id}`);
      const statuses = async () => [
        (await graph("GET", `/applications/${caller.id}`)).status,
        (await graph("GET", `/servicePrincipals/${caller.principal}`)).status,
        (await graph("GET", `${path}/${granted.id}`)).status,
        idsOf(await graph("GET", "/applications")).includes(caller.id),
        idsOf(await graph("GET", path)).length,
      ];
      expect(await statuses()).toEqual([200, 200, 200, true, 1]);
      expect(refusal(await graph("DELETE", `/applications/${caller.id}`))).toEqual(notFound(caller.id));
      wait(2);
      expect(await statuses()).toEqual([404, 404, 404, false, 0]);
      expect((await graph("GET", `/applications/${api.id}`)).status).toBe(200);
    });

    it("applies replicationSeconds to every kind of new object without a setting of its own", async () => {
      const { assign, path } = await withRole();
      plan({ replicationSeconds: 2, replication: { servicePrincipalSeconds: 0 } });
      const { id } = await application();
      const { body } = await assign();
      expect((await graph("GET", `/applications/${id}`)).status).toBe(404);
      expect((await graph("GET", `${path}/${body.id}`)).status).toBe(404);
      wait(2);
      expect((await graph("GET", `/applications/${id}`)).status).toBe(200);
      const registered = await application();
      wait(2);
      const { body: principal } = await graph("POST", "/servicePrincipals", { appId: registered.appId });
      expect((await graph("GET", `/servicePrincipals/${principal.id}`)).status).toBe(200);
    });

    it("answers from several replicas, of which some already have an object and others do not; the seed decides which", async () => {
      // One token for all reads: with one for each, hundreds of requests took longer than a test may on a busy machine.
      const token = await azure.deployerToken("graph");
      const seen = async (seed: number) => {
        plan({ seed, replicas: 4, replication: { applicationSeconds: 4 } });
        const { id } = await application();
        const statuses: number[][] = [];
        for (const _second of [0, 1, 2, 3, 4]) {
          const answers = [];
          for (let count = 0; count < 8; count++)
            answers.push((await azure.graph("GET", `/v1.0/applications/${id}`, undefined, token)).status);
          statuses.push(answers);
          wait(1);
        }
        return statuses;
      };
      const first = await seen(3);
      const found = first.map((answers) => answers.filter((status) => status === 200).length);
      // None at first, all at last; between them, some of the eight requests of each second come to a replica that has it.
      expect(found).toEqual([0, 3, 2, 7, 8]);
      expect(await seen(3)).toEqual(first);
      expect(await seen(4)).not.toEqual(first);
    });

    it("shuffles lists by the seed, even across pages, without losing a row", async () => {
      for (let index = 0; index < 12; index++) await application({ displayName: `shuffled-${index}` });
      const listed = async () => {
        const names: string[] = [];
        let path = "/v1.0/applications?$filter=startswith(displayName,'shuffled-')&$top=5";
        for (;;) {
          const { body } = await azure.graph("GET", path);
          names.push(...body.value.map(({ displayName }: { displayName: string }) => displayName));
          if (!body["@odata.nextLink"]) return names;
          path = body["@odata.nextLink"].slice(`${azure.azure.authority}/graph`.length);
        }
      };
      const created = await listed();
      plan({ seed: 1, shuffledLists: true });
      const first = await listed();
      expect(first).not.toEqual(created);
      expect(first.toSorted()).toEqual(created.toSorted());
      expect(await listed()).toEqual(first);
      plan({ seed: 2, shuffledLists: true });
      expect(await listed()).not.toEqual(first);
    });

    it("records stale reads and hidden objects as events", async () => {
      const { id } = await application();
      plan({ staleReadSeconds: 1, replication: { credentialSeconds: 1, applicationSeconds: 1 } });
      await graph("PATCH", `/applications/${id}`, { notes: "x" });
      const before = azure.azure.faults.events.length;
      await graph("GET", `/applications/${id}`);
      const unseen = await application();
      await graph("GET", `/applications/${unseen.id}`);
      const event = (of: string, kind: string) => ({
        endpoint: "graph",
        method: "GET",
        path: `/graph/v1.0/applications/${of}`,
        kind,
      });
      expect(azure.azure.faults.events.slice(before)).toEqual([
        event(id, "staleRead"),
        event(unseen.id, "notReplicated"),
      ]);
    });

    it("shows the current state at once when the plan ends, and never hides objects that are older than the plan", async () => {
      const { id } = await application();
      plan({ replicationSeconds: 10, staleReadSeconds: 10 });
      expect((await graph("GET", `/applications/${id}`)).status).toBe(200);
      await graph("PATCH", `/applications/${id}`, { notes: "x" });
      azure.azure.faults.clear();
      expect((await graph("GET", `/applications/${id}`)).body.notes).toBe("x");
    });
  });

  describe("at the token endpoint", () => {
    const token = async (client: { appId: string }, api: { appId: string }, credential: Record<string, string>) => {
      const form = { grant_type: "client_credentials", client_id: client.appId, scope: `${api.appId}/.default` };
      const { status, body } = await azure.askForToken({ ...form, ...credential });
      return status === 200 ? (claimsOf(body.access_token).roles ?? "no roles") : `AADSTS${body.error_codes[0]}`;
    };
    const secretOf = async ({ id }: { id: string }) =>
      (await graph("POST", `/applications/${id}/addPassword`, {})).body as { secretText: string; keyId: string };

    it("first does not know a new client", async () => {
      const api = await service();
      plan({ tokenReplication: { clientSeconds: 2 } });
      const client = await service();
      const { secretText: client_secret } = await secretOf(client);
      expect(await token(client, api, { client_secret })).toBe("AADSTS700016");
      wait(2);
      expect(await token(client, api, { client_secret })).toBe("no roles");
    });

    it("first does not accept a new secret, and still accepts a deleted one", async () => {
      const [client, api] = [await service(), await service()];
      plan({ tokenReplication: { credentialSeconds: 18, revocationSeconds: 20 } });
      const { secretText: client_secret, keyId } = await secretOf(client);
      wait(17);
      expect(await token(client, api, { client_secret })).toBe("AADSTS7000215");
      wait(1);
      expect(await token(client, api, { client_secret })).toBe("no roles");
      await graph("POST", `/applications/${client.id}/removePassword`, { keyId });
      wait(19);
      expect(await token(client, api, { client_secret })).toBe("no roles");
      wait(1);
      expect(await token(client, api, { client_secret })).toBe("AADSTS7000215");
    });

    it("first does not know a new certificate", async () => {
      const [client, api] = [await service(), await service()];
      plan({ tokenReplication: { credentialSeconds: 18 } });
      const certificate = await selfSigned("client");
      const keyCredentials = [{ type: "AsymmetricX509Cert", usage: "Verify", key: certificate.der }];
      await graph("PATCH", `/applications/${client.id}`, { keyCredentials });
      const assertion = () => certificateAssertion(azure, client.appId, certificate, now);
      expect(await token(client, api, await assertion())).toBe("AADSTS700027");
      wait(18);
      expect(await token(client, api, await assertion())).toBe("no roles");
    });

    it("first does not know a new federated credential or a change of one", async () => {
      const [client, api] = [await service(), await service()];
      await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
      const path = "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders";
      const { properties } = (await azure.arm("PUT", path, "2023-01-31", { location: "westeurope" })).body;
      plan({ tokenReplication: { federatedCredentialSeconds: 18 } });
      const federated = `/applications/${client.id}/federatedIdentityCredentials`;
      const trust = {
        name: "workload",
        issuer: `${azure.azure.authority}/${azure.azure.tenantId}/v2.0`,
        subject: properties.principalId,
        audiences: ["api://AzureADTokenExchange"],
      };
      const { body } = await graph("POST", federated, { ...trust, subject: "nobody" });
      const assertion = await managedIdentityAssertion(azure, properties.clientId);
      expect(await token(client, api, assertion)).toBe("AADSTS700211");
      wait(18);
      expect(await token(client, api, assertion)).toBe("AADSTS700213");
      await graph("PATCH", `${federated}/${body.id}`, { subject: properties.principalId });
      expect(await token(client, api, assertion)).toBe("AADSTS700213");
      wait(18);
      expect(await token(client, api, assertion)).toBe("no roles");
    });

    it("first issues tokens without a new grant, and still with a revoked one", async () => {
      const { api, caller, path, assign } = await withRole();
      const { secretText: client_secret } = await secretOf(caller);
      plan({ tokenReplication: { grantSeconds: 10, revocationSeconds: 12 } });
      const { body: granted } = await assign();
      expect(await token(caller, api, { client_secret })).toBe("no roles");
      await graph("PATCH", `/servicePrincipals/${api.principal}`, { appRoleAssignmentRequired: true });
      expect(await token(caller, api, { client_secret })).toBe("AADSTS501051");
      wait(10);
      expect(await token(caller, api, { client_secret })).toEqual(["Orders.Read"]);
      await graph("DELETE", `${path}/${granted.id}`);
      wait(11);
      expect(await token(caller, api, { client_secret })).toEqual(["Orders.Read"]);
      wait(1);
      expect(await token(caller, api, { client_secret })).toBe("AADSTS501051");
    });
  });

  describe("with the preset entra-2026", () => {
    it("has the delays observed in Entra, unless the plan sets others", async () => {
      plan({ preset: "entra-2026", staleReadSeconds: 0.5, replicas: 1 });
      const { id } = await application();
      expect((await graph("GET", `/applications/${id}`)).status).toBe(404);
      wait(2);
      await graph("PATCH", `/applications/${id}`, { notes: "x" });
      expect((await graph("GET", `/applications/${id}`)).body.notes).toBe(null);
      wait(0.5);
      expect((await graph("GET", `/applications/${id}`)).body.notes).toBe("x");
    });

    it("knows the deployer and Microsoft's APIs from the start", async () => {
      const started = await startTestAzure({ faults: { preset: "entra-2026" } });
      expect((await started.graph("GET", "/v1.0/servicePrincipals")).body.value).toHaveLength(5);
      await started.close();
    });
  });
});

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async function certificateAssertion(
  { azure }: TestAzure,
  appId: string,
  { privateKey, thumbprint }: TestCertificate,
  now: number,
): Promise<Record<string, string>> {
  const audience = `${azure.authority}/${azure.tenantId}/oauth2/v2.0/token`;
  const client_assertion = await new SignJWT({ iss: appId, sub: appId, aud: audience, jti: randomUUID() })
    .setProtectedHeader({ alg: "RS256", "x5t#S256": Buffer.from(thumbprint, "hex").toString("base64url") })
    .setExpirationTime(Math.floor(now / 1000) + 600)
    .sign(privateKey);
  return { client_assertion_type: jwtBearer, client_assertion };
}

async function managedIdentityAssertion({ azure, send }: TestAzure, clientId: string): Promise<Record<string, string>> {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.workloadHost();
  const query = new URLSearchParams({
    "api-version": "2019-08-01",
    resource: "api://AzureADTokenExchange",
    client_id: clientId,
  });
  const answer = await send("GET", `${IDENTITY_ENDPOINT}?${query}`, {
    headers: { "x-identity-header": IDENTITY_HEADER },
  });
  return { client_assertion_type: jwtBearer, client_assertion: answer.body.access_token };
}
