import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { type DeployedPair, deployedPair, pairServices } from "@microservice-identities/test-support/deployedPair";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { adopt } from "../../cli/adoption/adopt";
import { converge } from "../../cli/adoption/converge";
import { findLeftovers } from "../../cli/adoption/leftovers";
import { localTenant } from "../../cli/adoption/localTenant";
import program from "../../stacks/index";

jest.setTimeout(60_000);

/** Follows each procedure of docs/operations.md to its end, with the built-in engine. */
describe("the procedure of docs/operations.md for", () => {
  let pair: DeployedPair;
  beforeEach(async () => {
    pair = await deployedPair(program, "2026-11-25");
  });
  afterEach(() => pair.close());
  const objects = () => {
    const { tenant } = pair.azure.azure;
    return [...tenant.applications.values()]
      .filter(({ displayName }) => displayName.endsWith("-dev"))
      .map(({ displayName, appId, appRoles }) => ({ displayName, appId, roles: appRoles.map(({ id }) => id) }))
      .sort((one, other) => one.displayName.localeCompare(other.displayName));
  };
  const assignments = () => {
    const { tenant } = pair.azure.azure;
    const api = [...tenant.servicePrincipals.values()].find(({ displayName }) => displayName === "api-dev");
    return tenant.assignedTo(api?.id ?? "");
  };
  const vaults = () => [...pair.azure.azure.subscription.vaults.values()];
  const unchanged = { create: 0, update: 0, replace: 0, delete: 0 };

  it("a lost state adopts the existing resources, which keep their client ids, roles, grants and vaults", async () => {
    const { config } = pair;
    await pair.stack().up({ config });
    const [before, granted, names] = [objects(), assignments(), vaults().map(({ name }) => name)];
    const vaultNames = Object.fromEntries(names.map((vaultName) => [vaultName.split("-")[0], { vaultName }]));
    await pair.set({ services: vaultNames });

    const again = pair.stack();
    const wanted = await evaluateOffline(pair.folder, "dev");
    const tenant = await localTenant(pair.azure.azure);
    const { resources } = await adopt(wanted, tenant);
    await tenant.close();
    const existing = resources.flatMap(({ type, logicalName, id }) => {
      const found = wanted.find((each) => each.type === type && nameOf(each.urn) === logicalName);
      return found && id !== undefined ? [{ urn: found.urn, type, id, parent: found.parent }] : [];
    });
    await again.takeOver(existing);
    await again.up({ config });
    expect(objects()).toEqual(before);
    expect(assignments()).toEqual(granted);
    expect(vaults().map(({ name }) => name)).toEqual(names);
    expect(await pair.answerTo(pair.secretOf("caller"))).toEqual(["Things.Read"]);
    expect(await again.preview({ config })).toMatchObject(unchanged);
  });

  it("a lost state leaves the secrets of the lost state alone, and removes those that a later deployment did not record", async () => {
    const { config } = pair;
    const stack = pair.stack();
    await stack.up({ config });
    const wanted = await evaluateOffline(pair.folder, "dev");
    const tenant = await localTenant(pair.azure.azure);
    const state = await stack.resources();
    const removed = async (created: string) => {
      const without = state
        .filter(({ type }) => !type.endsWith(":ApplicationPassword"))
        .map((row) => (row.urn.endsWith("-mark") ? { ...row, created } : row));
      return (await findLeftovers(wanted, without, tenant)).remove.map(({ what }) => what.replace(/ \(.*/, ""));
    };
    const own = ["a client secret of api-dev that is in no state", "a client secret of caller-dev that is in no state"];
    expect([(await removed("2020-01-01T00:00:00Z")).sort(), await removed("2100-01-01T00:00:00Z")]).toEqual([own, []]);
    await tenant.close();
  });

  it("a consent in the portal adopts only the grant, and reports no secret as a leftover", async () => {
    const { config, azure } = pair;
    const { api, caller } = pairServices;
    await pair.change({ api, caller: { ...caller, calls: {} } });
    const stack = pair.stack();
    await stack.up({ config });
    const { tenant: directory } = azure.azure;
    const principals = [...directory.servicePrincipals.values()];
    const idOf = (name: string) => principals.find(({ displayName }) => displayName === name)?.id ?? "";
    const [role] =
      [...directory.applications.values()].find(({ displayName }) => displayName === "api-dev")?.appRoles ?? [];
    const consent = { principalId: idOf("caller-dev"), resourceId: idOf("api-dev"), appRoleId: role?.id };
    const { body } = await azure.graph("POST", `/v1.0/servicePrincipals/${idOf("api-dev")}/appRoleAssignedTo`, consent);
    await pair.change(pairServices);
    const wanted = await evaluateOffline(pair.folder, "dev");
    const tenant = await localTenant(azure.azure);
    // The state of the Pulumi CLI also contains components.
    const landscape = wanted.find(({ type }) => type.endsWith(":Landscape"));
    const component = { urn: landscape?.urn ?? "", type: "", id: "", outputs: {} };
    const { resources, nameTable, leftovers } = await adopt(wanted, tenant, {
      state: [...(await stack.resources()), component],
    });
    await tenant.close();
    expect(leftovers).toEqual([]);
    expect(Object.values(nameTable)).toEqual([landscape?.urn]);
    const [name] = Object.keys(nameTable);
    expect(resources.map(({ logicalName, id, parent }) => [logicalName, id, parent])).toEqual([
      ["caller-calls-api", undefined, name],
      [
        "caller-calls-api-Things.Read",
        `/servicePrincipals/${idOf("api-dev")}/appRoleAssignedTo/${body.id}`,
        resources[0]?.name,
      ],
    ]);
  });

  it("a registrar that was created again makes the new one the owner of the existing objects", async () => {
    const { config, azure } = pair;
    const stack = pair.stack();
    await stack.up({ config });
    const permissions = ["Application.ReadWrite.OwnedBy", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"];
    const registrar = azure.azure.addIdentity("registrar", permissions, azureRoles.contributor.id);
    const objectId = azure.azure.tenant.servicePrincipalOf(registrar.ARM_CLIENT_ID)?.id ?? "";
    const described = { ...pairServices, caller: { ...pairServices.caller, description: "A caller of things." } };
    await pair.change(described);
    const newStack = stack.signedInAs(registrar);
    await expect(newStack.inOwnProcess().up({ config })).rejects.toThrow(/403 with error: Authorization_RequestDenied/);

    const administrator = azure.azure.addIdentity("administrator", ["Application.ReadWrite.All"]);
    const { body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: administrator.ARM_CLIENT_ID,
      client_secret: administrator.ARM_CLIENT_SECRET,
      scope: `${azure.azure.authority}/graph/.default`,
    });
    const owned = [
      ...[...azure.azure.tenant.applications.values()].map((each) => ({ ...each, in: "applications" })),
      ...[...azure.azure.tenant.servicePrincipals.values()].map((each) => ({ ...each, in: "servicePrincipals" })),
    ].filter(({ displayName }) => displayName.endsWith("-dev") && !displayName.startsWith("id-"));
    for (const { in: collection, id } of owned) {
      const reference = { "@odata.id": `${azure.azure.authority}/graph/v1.0/directoryObjects/${objectId}` };
      const { status } = await azure.graph(
        "POST",
        `/v1.0/${collection}/${id}/owners/$ref`,
        reference,
        body.access_token,
      );
      expect(status).toBe(204);
    }
    const before = objects();
    await newStack.up({ config });
    expect(objects()).toEqual(before);
    expect(await newStack.preview({ config })).toMatchObject(unchanged);
  });

  it("a vault that was deleted by hand recovers it with its secrets", async () => {
    const { config, azure } = pair;
    const stack = pair.stack();
    await stack.up({ config });
    const secret = pair.secretOf("caller");
    const vault = vaults().find(({ name }) => name.startsWith("caller-"));
    const path = vault?.id.replace(/^\/subscriptions\/[^/]+/, "") ?? "";
    await azure.arm("DELETE", path, "2026-02-01");
    expect(pair.secretOf("caller")).toBe("");
    const recovered = await azure.arm("PUT", path, "2026-02-01", {
      location: "westeurope",
      properties: {
        createMode: "recover",
        tenantId: azure.azure.tenantId,
        sku: { family: "A", name: "standard" },
        accessPolicies: [],
      },
    });
    expect([200, 201]).toContain(recovered.status);
    await stack.up({ config, refresh: true });
    expect(pair.secretOf("caller") === secret).toBe(true);
    expect(await pair.answerTo(secret)).toEqual(["Things.Read"]);
    expect(await stack.preview({ config })).toMatchObject(unchanged);
  });

  it("a secret that was deleted in its vault begins with the deployment's message, and continues after the recovery", async () => {
    const { config } = pair;
    const stack = pair.stack();
    await stack.up({ config });
    const vault = vaults().find(({ name }) => name.startsWith("caller-"));
    if (!vault) throw new Error("no vault");
    const versions = vault.secrets.get("client-secret") ?? [];
    vault.secrets.delete("client-secret");
    const retention = { deletedAt: Date.now(), purgedAt: Date.now() + 7 * 86_400_000 };
    vault.deletedSecrets.set("client-secret", { versions, ...retention } as never);
    await expect(stack.inOwnProcess().up({ config, refresh: true })).rejects.toThrow(
      `the secret client-secret was deleted in the vault ${vault.name}. Somebody with the permission to recover secrets there must recover it (az keyvault secret recover --vault-name ${vault.name} --name client-secret); then deploy again`,
    );
    vault.deletedSecrets.clear();
    vault.secrets.set("client-secret", versions);
    const wanted = await evaluateOffline(pair.folder, "dev");
    const tenant = await localTenant(pair.azure.azure);
    // The secret is in the vault but not in the state. The first round of the deployment finds it.
    await converge(stack.inOwnProcess(), { wanted, tenant, config, pauseSeconds: 0 });
    await tenant.close();
    expect(await pair.answerTo(pair.secretOf("caller"))).toEqual(["Things.Read"]);
  });

  it("a deployment that stopped half-way completes it as declared", async () => {
    const { config, azure } = pair;
    const stack = pair.stack();
    const policy = azure.azure.tenant.settings.defaultAppManagementPolicy;
    const passwordCredentials = [{ restrictionType: "passwordAddition" }];
    azure.azure.tenant.settings.defaultAppManagementPolicy = { ...policy, isEnabled: true, passwordCredentials };
    await expect(stack.inOwnProcess().up({ config })).rejects.toThrow(/CredentialTypeNotAllowedAsPerAppPolicy/);
    azure.azure.tenant.settings.defaultAppManagementPolicy = policy;
    const wanted = await evaluateOffline(pair.folder, "dev");
    const tenant = await localTenant(azure.azure);
    await converge(stack, { wanted, tenant, config, pauseSeconds: 0 });
    await tenant.close();
    expect(objects().map(({ displayName }) => displayName)).toEqual(["api-dev", "caller-dev"]);
    expect(await pair.answerTo(pair.secretOf("caller"))).toEqual(["Things.Read"]);
    expect(await stack.preview({ config })).toMatchObject(unchanged);
  });

  it("a leaked secret revokes it, and the service gets another one", async () => {
    const { config } = pair;
    const stack = pair.stack();
    await stack.up({ config });
    const leaked = pair.secretOf("caller");
    await pair.set({ services: { caller: { revoked: { times: 1, reason: "It was in a log." } } } });
    await stack.up({ config });
    expect(await pair.answerTo(leaked)).toBe("AADSTS7000215");
    expect(await pair.answerTo(pair.secretOf("caller"))).toEqual(["Things.Read"]);
  });

  it("a wrong name of a service deploys the new one beside the old one, and then removes the old one", async () => {
    const { config } = pair;
    const stack = pair.stack();
    await stack.up({ config });
    const { api, caller } = pairServices;
    await pair.change({ api, caller, client: { ...caller, description: "The caller by its new name." } });
    await stack.up({ config });
    expect(await pair.answerTo(pair.secretOf("caller"))).toEqual(["Things.Read"]);
    expect(await pair.answerTo(pair.secretOf("client"), "client")).toEqual(["Things.Read"]);
    await pair.change({ api, client: { ...caller, description: "The caller by its new name." } });
    await stack.up({ config });
    expect(await pair.answerTo(pair.secretOf("client"), "client")).toEqual(["Things.Read"]);
    expect(objects().map(({ displayName }) => displayName)).toEqual(["api-dev", "client-dev"]);
  });

  it("an attack in progress blocks a service by hand, and later restores its access", async () => {
    const { config, azure } = pair;
    const stack = pair.stack();
    await stack.up({ config });
    const secret = pair.secretOf("caller");
    const principal = [...azure.azure.tenant.servicePrincipals.values()].find(
      ({ displayName }) => displayName === "caller-dev",
    );
    const enable = (accountEnabled: boolean) =>
      azure.graph("PATCH", `/v1.0/servicePrincipals/${principal?.id}`, { accountEnabled });
    expect((await enable(false)).status).toBe(204);
    expect(await pair.answerTo(secret)).toBe("AADSTS7000112");
    expect((await enable(true)).status).toBe(204);
    expect(await pair.answerTo(secret)).toEqual(["Things.Read"]);
    const [assignment] = assignments();
    await azure.graph(
      "DELETE",
      `/v1.0/servicePrincipals/${assignment?.principalId}/appRoleAssignments/${assignment?.id}`,
    );
    expect(await pair.answerTo(secret)).toBe("AADSTS501051");
    await stack.up({ config, refresh: true });
    expect(await pair.answerTo(secret)).toEqual(["Things.Read"]);
  });
});
