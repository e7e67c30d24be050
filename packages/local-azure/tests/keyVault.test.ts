import { ClientSecretCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

describe("Key Vault's data plane", () => {
  let azure: TestAzure;
  let client: { objectId: string; appId: string; secret: string };
  beforeAll(async () => {
    azure = await startTestAzure();
    await azure.arm("PUT", group, "2024-03-01", { location: "westeurope" });
    const { tenant } = azure.azure;
    const application = tenant.addApplication("reader");
    const principal = tenant.addServicePrincipal({ appId: application.appId, displayName: "reader" });
    const { secretText } = tenant.addPassword(application, { displayName: "reader" });
    client = { objectId: principal.id, appId: application.appId, secret: secretText };
  });
  afterAll(() => azure.close());

  const group = "/resourceGroups/rg-shop";
  let count = 0;
  /** @returns the vault's address, without a slash at the end */
  const vault = async (properties: object = {}): Promise<{ uri: string; path: string }> => {
    const path = `${group}/providers/Microsoft.KeyVault/vaults/vault-${++count}`;
    const { body } = await azure.arm("PUT", path, "2024-11-01", {
      location: "westeurope",
      properties: {
        tenantId: azure.azure.tenantId,
        sku: { family: "A", name: "standard" },
        softDeleteRetentionInDays: 7,
        accessPolicies: [],
        ...properties,
      },
    });
    return { uri: body.properties.vaultUri.replace(/\/$/, ""), path };
  };
  const policy = (...secrets: string[]) => ({
    accessPolicies: [{ tenantId: azure.azure.tenantId, objectId: client.objectId, permissions: { secrets } }],
  });
  const vaultToken = async (): Promise<string> => {
    const { body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: client.appId,
      client_secret: client.secret,
      scope: "https://vault.azure.net/.default",
    });
    return body.access_token;
  };
  const send = async (method: string, uri: string, path: string, json?: unknown) =>
    azure.send(method, `${uri}${path}${path.includes("?") ? "&" : "?"}api-version=7.6`, {
      token: await vaultToken(),
      json,
    });

  it("behind a firewall refuses an outside address, even with the permission", async () => {
    const virtualNetworkRules = [{ id: "/subscriptions/s/subnets/services" }];
    const { uri, path } = await vault({
      ...policy("get"),
      networkAcls: { defaultAction: "Deny", virtualNetworkRules },
    });
    const outside = await send("GET", uri, "/secrets/one");
    expect([outside.status, outside.body.error]).toEqual([
      403,
      {
        code: "Forbidden",
        message: `Client address is not authorized and caller is not a trusted service.\r\nClient address: 127.0.0.1\r\nCaller: appid=${client.appId};oid=${client.objectId};iss=https://sts.windows.net/${azure.azure.tenantId}/\r\nVault: ${path.split("/").at(-1)};location=westeurope`,
        innererror: { code: "ForbiddenByFirewall" },
      },
    ]);
    const closed = await vault({ ...policy("get"), publicNetworkAccess: "disabled" });
    const { status, body } = await send("GET", closed.uri, "/secrets/one");
    expect([status, body.error.innererror]).toEqual([403, { code: "ForbiddenByConnection" }]);
  });

  it("challenges a request without a token, and names the authority that issues tokens", async () => {
    const { uri } = await vault();
    const { status, headers } = await azure.send("GET", `${uri}/secrets/one?api-version=7.6`);
    expect([status, headers.get("www-authenticate")]).toEqual([
      401,
      `Bearer authorization="${azure.azure.authority}/${azure.azure.tenantId}", resource="https://vault.azure.net"`,
    ]);
  });

  it.each([
    ["no api-version", "", ""],
    ["an unsupported api-version", "?api-version=6.0", "6.0"],
  ])("refuses %s, and lists the supported ones", async (_case, query, given) => {
    const { uri } = await vault(policy("get"));
    const { status, body } = await azure.send("GET", `${uri}/secrets/one${query}`, { token: await vaultToken() });
    expect([status, body.error]).toEqual([
      400,
      {
        code: "BadParameter",
        message: `api-version is '${given}'; allowed: 7.0, 7.1, 7.2, 7.3, 7.4, 7.5, 7.6, 2025-07-01, 2026-04-01`,
      },
    ]);
  });

  /** The request of each operation. The vault has the secrets `one` and `kept`, and the deleted secrets `gone` and `lost`. */
  const operations: Record<string, [method: string, path: string, json?: object]> = {
    get: ["GET", "/secrets/one"],
    list: ["GET", "/secrets"],
    set: ["PUT", "/secrets/two", { value: "2" }],
    delete: ["DELETE", "/secrets/one"],
    recover: ["POST", "/deletedsecrets/gone/recover"],
    backup: ["POST", "/secrets/kept/backup"],
    purge: ["DELETE", "/deletedsecrets/lost"],
  };
  const filledVault = async (properties: object) => {
    const made = await vault(policy("all"));
    for (const name of ["one", "kept", "gone", "lost"])
      await send("PUT", made.uri, `/secrets/${name}`, { value: name });
    for (const name of ["gone", "lost"]) await send("DELETE", made.uri, `/secrets/${name}`);
    await azure.arm("PUT", made.path, "2024-11-01", {
      location: "westeurope",
      properties: {
        tenantId: azure.azure.tenantId,
        sku: { family: "A", name: "standard" },
        accessPolicies: [],
        ...properties,
      },
    });
    return made.uri;
  };
  const allowedOperations = async (uri: string): Promise<string[]> => {
    const names: string[] = [];
    for (const [name, [method, path, json]] of Object.entries(operations)) {
      const { status, body } = await send(method, uri, path, json);
      if (status < 300) names.push(name);
      else expect([status, body.error.code]).toEqual([403, "Forbidden"]);
    }
    return names;
  };

  it.each(Object.keys(operations))("allows only %s to a client with an access policy for it", async (permission) => {
    expect(await allowedOperations(await filledVault(policy(permission)))).toEqual([permission]);
  });

  it("refuses every request of a client without an access policy, and names the missing permission", async () => {
    const uri = await filledVault({ accessPolicies: [] });
    expect(await allowedOperations(uri)).toEqual([]);
    const { body } = await send("GET", uri, "/secrets/one");
    expect(body.error.innererror).toEqual({ code: "AccessDenied" });
    expect(body.error.message).toMatch(
      /does not have secrets get permission on key vault 'vault-\d+;location=westeurope'\. For help resolving this issue, please see https:\/\/go\.microsoft\.com\/fwlink\/\?linkid=2125287$/,
    );
  });

  it.each([
    ["Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6", ["get", "list"]],
    ["Key Vault Reader", "21090545-7ca7-4776-b22c-e363652d74d2", ["list"]],
    ["Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", []],
    [
      "Key Vault Secrets Officer",
      "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
      ["get", "list", "set", "delete", "recover", "backup", "purge"],
    ],
  ])(
    "with Azure RBAC allows a client with the role %s only the role's operations, and ignores access policies",
    async (_name, roleId, expected) => {
      const uri = await filledVault({ ...policy("all"), enableRbacAuthorization: true });
      const { subscription } = azure.azure;
      const [target] = [...subscription.vaults.values()].filter((each) => each.uri === `${uri}/`);
      await azure.arm(
        "PUT",
        `${target?.id.slice(subscription.path.length)}/providers/Microsoft.Authorization/roleAssignments/${crypto.randomUUID()}`,
        "2022-04-01",
        {
          properties: {
            principalId: client.objectId,
            principalType: "ServicePrincipal",
            roleDefinitionId: `${subscription.path}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
          },
        },
      );
      expect(await allowedOperations(uri)).toEqual(expected);
    },
  );

  it("keeps every version of a secret, and returns the newest unless the request names another", async () => {
    const { uri } = await vault(policy("all"));
    const older = await send("PUT", uri, "/secrets/one", { value: "older" });
    const newer = await send("PUT", uri, "/secrets/one", { value: "newer", contentType: "text/plain" });
    expect(older.body.id).not.toBe(newer.body.id);
    expect((await send("GET", uri, "/secrets/one")).body).toEqual(newer.body);
    expect((await send("GET", uri, older.body.id.slice(uri.length))).body.value).toBe("older");
    const versions = await send("GET", uri, "/secrets/one/versions");
    expect(versions.body.value.map(({ id }: { id: string }) => id)).toEqual([older.body.id, newer.body.id]);
    expect(JSON.stringify(versions.body)).not.toMatch(/older|newer/);
  });

  it("does not return a disabled secret", async () => {
    const { uri } = await vault(policy("all"));
    await send("PUT", uri, "/secrets/off", { value: "x", attributes: { enabled: false } });
    const { status, body } = await send("GET", uri, "/secrets/off");
    expect([status, body.error.innererror]).toEqual([403, { code: "SecretDisabled" }]);
  });

  it.each([
    ["an unknown property", { value: "x", colour: "red" }],
    ["a value that is not a string", { value: 7 }],
    ["an expiry that is not a number", { value: "x", attributes: { exp: "soon" } }],
  ])("refuses a secret with %s", async (_case, json) => {
    const { uri } = await vault(policy("all"));
    const { status, body } = await send("PUT", uri, "/secrets/one", json);
    expect([status, body.error.code]).toEqual([400, "BadParameter"]);
    expect((await send("GET", uri, "/secrets")).body.value).toEqual([]);
  });

  it("keeps a deleted secret's name until it is recovered or purged", async () => {
    const { uri } = await vault(policy("all"));
    await send("PUT", uri, "/secrets/one", { value: "first" });
    await send("DELETE", uri, "/secrets/one");
    expect((await send("GET", uri, "/secrets/one")).status).toBe(404);
    const conflict = await send("PUT", uri, "/secrets/one", { value: "second" });
    expect([conflict.status, conflict.body.error.innererror.code]).toEqual([409, "ObjectIsDeletedButRecoverable"]);
    await send("POST", uri, "/deletedsecrets/one/recover");
    expect((await send("GET", uri, "/secrets/one")).body.value).toBe("first");
    await send("DELETE", uri, "/secrets/one");
    expect((await send("DELETE", uri, "/deletedsecrets/one")).status).toBe(204);
    expect((await send("PUT", uri, "/secrets/one", { value: "second" })).status).toBe(200);
  });

  it("returns no value from deletion, recovery and update, so that a client without the permission get never sees it", async () => {
    const { uri } = await vault(policy("set", "list", "delete", "recover"));
    await send("PUT", uri, "/secrets/one", { value: "not to be read" });
    const answers = [
      await send("PATCH", uri, "/secrets/one", { contentType: "text/plain" }),
      await send("DELETE", uri, "/secrets/one"),
      await send("GET", uri, "/deletedsecrets"),
      await send("POST", uri, "/deletedsecrets/one/recover"),
      await send("GET", uri, "/secrets"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain("not to be read");
    expect(answers.map(({ body }) => "value" in body && typeof body.value === "string")).not.toContain(true);
    const { uri: readable } = await vault(policy("all"));
    await send("PUT", readable, "/secrets/one", { value: "not to be read" });
    await send("DELETE", readable, "/secrets/one");
    expect("value" in (await send("GET", readable, "/deletedsecrets/one")).body).toBe(false);
  });

  it("keeps the upper and lower case of a new name, and finds the name case-insensitively", async () => {
    const { uri } = await vault(policy("all"));
    const name = `Client-Secret-${"x".repeat(113)}`;
    await send("PUT", uri, `/secrets/${name}`, { value: "1" });
    await send("PUT", uri, `/secrets/${name.toUpperCase()}`, { value: "2" });
    const listed = await send("GET", uri, "/secrets");
    expect(listed.body.value.map(({ id }: { id: string }) => id)).toEqual([`${uri}/secrets/${name}`]);
    expect((await send("GET", uri, `/secrets/${name.toLowerCase()}`)).body.value).toBe("2");
    const deleted = await send("DELETE", uri, `/secrets/${name.toLowerCase()}`);
    expect(deleted.body.recoveryId).toBe(`${uri}/deletedsecrets/${name}`);
    expect((await send("PUT", uri, `/secrets/${"x".repeat(128)}`, { value: "1" })).status).toBe(400);
  });

  it.each([
    [7, undefined, "CustomizedRecoverable+Purgeable"],
    [7, true, "CustomizedRecoverable"],
    [90, undefined, "Recoverable+Purgeable"],
    [90, true, "Recoverable"],
  ])(
    "with a retention of %d days and purge protection %s returns the recovery level %s",
    async (days, enablePurgeProtection, level) => {
      const protection = enablePurgeProtection === undefined ? {} : { enablePurgeProtection };
      const { uri } = await vault({ ...policy("all"), softDeleteRetentionInDays: days, ...protection });
      const { body } = await send("PUT", uri, "/secrets/one", { value: "1" });
      expect([body.attributes.recoveryLevel, body.attributes.recoverableDays]).toEqual([level, days]);
    },
  );

  it("updates the latest version if the request names none", async () => {
    const { uri } = await vault(policy("all"));
    await send("PUT", uri, "/secrets/one", { value: "older" });
    const newer = await send("PUT", uri, "/secrets/one", { value: "newer" });
    const updated = await send("PATCH", uri, "/secrets/one", { tags: { owner: "shop" } });
    expect([updated.body.id, updated.body.tags]).toEqual([newer.body.id, { owner: "shop" }]);
    expect((await send("GET", uri, "/secrets/one")).body).toEqual({
      ...newer.body,
      tags: { owner: "shop" },
      attributes: updated.body.attributes,
    });
  });

  it("backs up a secret with all its versions, and restores it if its name is free", async () => {
    const [{ uri }, other] = [await vault(policy("all")), await vault(policy("all"))];
    const older = await send("PUT", uri, "/secrets/one", { value: "older" });
    await send("PUT", uri, "/secrets/one", { value: "newer" });
    const { body: backup } = await send("POST", uri, "/secrets/one/backup");
    expect(Buffer.from(backup.value, "base64url").toString()).not.toMatch(/older|newer/);
    const taken = await send("POST", uri, "/secrets/restore", backup);
    expect([taken.status, taken.body.error.code]).toEqual([409, "Conflict"]);
    const restored = await send("POST", other.uri, "/secrets/restore", backup);
    expect([restored.status, "value" in restored.body]).toEqual([200, false]);
    expect((await send("GET", other.uri, "/secrets/one")).body.value).toBe("newer");
    expect((await send("GET", other.uri, older.body.id.slice(uri.length))).body.value).toBe("older");
    const broken = await send("POST", uri, "/secrets/restore", { value: "AAAA" });
    expect([broken.status, broken.body.error]).toEqual([
      400,
      { code: "Malformed backup blob", message: "Backup blob contains invalid or corrupt version." },
    ]);
  });

  it("deletes and recovers with a delay if the fault plan sets one", async () => {
    let now = Date.now();
    const slow = await startTestAzure({ clock: () => now, faults: { secretOperationSeconds: 5 } });
    await slow.arm("PUT", group, "2024-03-01", { location: "westeurope" });
    const { objectId, secret, appId } = ownerOf(slow);
    const { body } = await slow.arm("PUT", `${group}/providers/Microsoft.KeyVault/vaults/slow`, "2026-02-01", {
      location: "westeurope",
      properties: {
        tenantId: slow.azure.tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: false,
        accessPolicies: [{ tenantId: slow.azure.tenantId, objectId, permissions: { secrets: ["all"] } }],
      },
    });
    const { body: answer } = await slow.askForToken({
      grant_type: "client_credentials",
      client_id: appId,
      client_secret: secret,
      scope: "https://vault.azure.net/.default",
    });
    const ask = async (method: string, path: string, json?: unknown) => {
      const address = `${body.properties.vaultUri}${path}?api-version=7.6`;
      const given = await slow.send(method, address, { token: answer.access_token, json });
      return [given.status, given.body?.error?.innererror?.code ?? given.body?.error?.code];
    };
    await ask("PUT", "secrets/one", { value: "1" });
    expect(await ask("DELETE", "secrets/one")).toEqual([200, undefined]);
    expect(await ask("GET", "deletedsecrets/one")).toEqual([404, "SecretNotFound"]);
    expect(await ask("PUT", "secrets/one", { value: "2" })).toEqual([409, "ObjectIsBeingDeleted"]);
    expect(await ask("DELETE", "deletedsecrets/one")).toEqual([409, "ObjectIsBeingDeleted"]);
    now += 5000;
    expect(await ask("GET", "deletedsecrets/one")).toEqual([200, undefined]);
    expect(await ask("POST", "deletedsecrets/one/recover")).toEqual([200, undefined]);
    expect(await ask("GET", "secrets/one")).toEqual([404, "SecretNotFound"]);
    now += 5000;
    expect(await ask("GET", "secrets/one")).toEqual([200, undefined]);
    await slow.close();
  });

  it("answers with the same headers as in the recording", async () => {
    const { uri } = await vault(policy("get"));
    const { headers } = await azure.send("GET", `${uri}/secrets/one?api-version=7.6`, {
      headers: { "x-ms-client-request-id": "mine" },
    });
    const named = (name: string) => headers.get(name);
    expect(["cache-control", "pragma", "expires", "x-content-type-options"].map(named)).toEqual([
      "no-cache",
      "no-cache",
      "-1",
      "nosniff",
    ]);
    expect([named("x-ms-keyvault-region"), named("x-ms-client-request-id")]).toEqual(["westeurope", "mine"]);
    expect(named("x-ms-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("refuses to purge a secret under purge protection", async () => {
    const { uri } = await vault({ ...policy("all"), enablePurgeProtection: true });
    await send("PUT", uri, "/secrets/one", { value: "x" });
    await send("DELETE", uri, "/secrets/one");
    const { status, body } = await send("DELETE", uri, "/deletedsecrets/one");
    expect([status, body.error.innererror.code]).toEqual([403, "PurgeProtectionEnabled"]);
  });

  it("returns its lists in pages of 25", async () => {
    const { uri } = await vault(policy("all"));
    for (let index = 0; index < 27; index++) await send("PUT", uri, `/secrets/s${index}`, { value: "x" });
    const first = await send("GET", uri, "/secrets");
    expect(first.body.value).toHaveLength(25);
    const next = await azure.send("GET", first.body.nextLink, { token: await vaultToken() });
    expect([next.body.value.length, next.body.nextLink]).toEqual([2, null]);
  });

  it("works with the Azure SDK's secret client, which answers the challenge itself", async () => {
    const { uri } = await vault(policy("all"));
    // By default the SDK uses the root certificates of the process, which do not include the local Azure's.
    const tlsOptions = { ca: azure.azure.caCertificate };
    const credential = new ClientSecretCredential(azure.azure.tenantId, client.appId, client.secret, {
      authorityHost: azure.azure.authority,
      disableInstanceDiscovery: true,
      tlsOptions,
    } as never);
    const secrets = new SecretClient(uri, credential, {
      disableChallengeResourceVerification: true,
      tlsOptions,
    } as never);
    await secrets.setSecret("one", "value", { expiresOn: new Date("2027-06-18T00:00:00Z"), tags: { keyId: "k" } });
    const { value, properties } = await secrets.getSecret("one");
    expect([value, properties.expiresOn, properties.tags]).toEqual([
      "value",
      new Date("2027-06-18T00:00:00Z"),
      { keyId: "k" },
    ]);
  });
});

/** The deployer as a client of a vault. */
function ownerOf({ azure }: TestAzure): { objectId: string; appId: string; secret: string } {
  const { ARM_CLIENT_ID: appId, ARM_CLIENT_SECRET: secret } = azure.deployer;
  return { objectId: azure.tenant.servicePrincipalOf(appId)?.id ?? "", appId, secret };
}
