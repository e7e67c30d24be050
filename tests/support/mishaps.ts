import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Stack, StackOptions } from "@microservice-identities/engine/deployment/stack";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import { converge } from "../../cli/adoption/converge";
import { localTenant } from "../../cli/adoption/localTenant";
import { startTestAzure, type TestAzure } from "./azure";
import { pairServices } from "./deployedPair";
import { projectWith, writeLandscape } from "./project";

/** Settings with a date without quotes. One vault has a given name, the other a generated one. */
const settings = (folder: string) => `config:
  location: westeurope
  landscapeFile: ${path.join(folder, "pair.yaml")}
  rotation: { since: 2026-11-01 }
  vault: { retentionDays: 7, purgeProtection: false }
  services: { caller: { vaultName: caller-kv } }
`;
const unchanged = { create: 0, update: 0, replace: 0, delete: 0 };

/** Mistakes that people make with a deployed stack, in its settings or in the portal. */
export function describeMishaps<Host extends Stack>(
  host: string,
  createStack: (options: StackOptions) => Promise<Host>,
  {
    failing = (stack) => stack,
  }: {
    /** How the host deploys a program that must fail. Default: like any other program. */
    readonly failing?: (stack: Host) => Host;
  } = {},
): void {
  describe(`a stack of two services with ${host}`, () => {
    let azure: TestAzure;
    let folder: string;
    let stack: Host;
    beforeEach(async () => {
      folder = await projectWith({});
      await writeFile(path.join(folder, "Pulumi.dev.yaml"), settings(folder));
      await writeLandscape(folder, "pair", { services: pairServices });
      azure = await startTestAzure();
      stack = await createStack({ azure: azure.azure, projectFolder: folder, stack: "dev" });
    });
    afterEach(async () => {
      await stack.dispose();
      await azure.close();
      await rm(folder, { recursive: true, force: true });
    });

    const config = (more: Readonly<Record<string, string>> = {}) => ({
      date: "2026-11-25",
      authority: azure.azure.authority,
      ...more,
    });
    const up = () => stack.up({ config: config() });
    /** Deploys until the stack is as declared, as `npm run up` does. @returns the notes that it prints */
    const upUntilDeclared = async (host: Stack): Promise<string[]> => {
      const wanted = await evaluateOffline(folder, "dev");
      const tenant = await localTenant(azure.azure);
      const notes: string[] = [];
      try {
        const options = {
          wanted,
          tenant,
          config: config(),
          pauseSeconds: 0,
          onNote: (line: string) => notes.push(line),
        };
        await converge(host, options);
      } finally {
        await tenant.close();
      }
      return notes;
    };
    /** A stack whose first deployment fails. */
    const stackThatFailsFirst = (): Stack => {
      let host = failing(stack);
      const up: Stack["up"] = (options) => {
        const deployed = host.up(options);
        host = stack;
        return deployed;
      };
      return Object.assign(Object.create(stack) as Stack, { up });
    };
    const vaults = () => [...azure.azure.subscription.vaults.values()];
    const vaultOf = (service: string) => vaults().find(({ name }) => name.startsWith(`${service}-`));
    const secretOf = (service: string) => vaultOf(service)?.secrets.get("client-secret")?.at(-1);
    const applicationOf = (service: string) =>
      [...azure.azure.tenant.applications.values()].find(({ displayName }) => displayName === `${service}-dev`);
    /** The roles in the caller's token for the API, with the secret from its vault. */
    const rolesOfCaller = async () => {
      const { status, body } = await azure.askForToken({
        grant_type: "client_credentials",
        client_id: applicationOf("caller")?.appId ?? "",
        client_secret: secretOf("caller")?.value ?? "",
        scope: `api://${applicationOf("api")?.appId}/.default`,
      });
      if (status !== 200) return `AADSTS${body.error_codes[0]}`;
      return JSON.parse(Buffer.from(body.access_token.split(".")[1], "base64url").toString()).roles;
    };

    it("refuses, before it creates anything, a shared vault, two names that lead to one resource, and an invalid name of the stack", async () => {
      const sharing = { api: { vaultName: "caller-kv" }, caller: { vaultName: "Caller-KV" } };
      await expect(failing(stack).up({ config: config({ services: JSON.stringify(sharing) }) })).rejects.toThrow(
        /services\.caller\.vaultName and services\.api\.vaultName are both "Caller-KV"/,
      );
      const role = { description: "Read things." };
      const colliding = {
        data: { description: "Data.", appRoles: { "api-reader": role } },
        "data-api": { description: "Data.", appRoles: { reader: role } },
      };
      await writeLandscape(folder, "pair", { services: colliding });
      await expect(failing(stack).up({ config: config({ services: "{}" }) })).rejects.toThrow(
        /would both become the resource "data-api-reader-id"/,
      );
      await writeLandscape(folder, "pair", { services: pairServices });
      await writeFile(path.join(folder, "Pulumi.v1.2.yaml"), settings(folder));
      const dotted = await createStack({ azure: azure.azure, projectFolder: folder, stack: "v1.2" });
      try {
        await expect(failing(dotted).up({ config: config() })).rejects.toThrow(
          /the managed identity of api would be called "id-api-v1\.2"; allowed: 3 to 128 letters/,
        );
      } finally {
        await dotted.dispose();
      }
      expect([azure.azure.subscription.groups.size, azure.azure.tenant.applications.size]).toEqual([0, 1]);
    });

    it("accepts a date without quotes, and refuses another region before it deletes anything", async () => {
      await up();
      expect(await rolesOfCaller()).toEqual(["Things.Read"]);
      const before = vaults();
      await expect(failing(stack).up({ config: config({ location: "northeurope" }) })).rejects.toThrow(
        /a deployed stack cannot change these settings:\s+location is "northeurope", and the stack is deployed in "westeurope"/,
      );
      expect(vaults()).toEqual(before);
      expect(await stack.preview({ config: config({ location: "westeurope" }) })).toMatchObject(unchanged);
    });

    it("adopts a grant that an administrator made in the portal", async () => {
      const { caller, api } = pairServices;
      await writeLandscape(folder, "pair", { services: { api, caller: { ...caller, calls: {} } } });
      await up();
      const { tenant } = azure.azure;
      const idOf = (service: string) => tenant.servicePrincipalOf(applicationOf(service)?.appId ?? "")?.id ?? "";
      const [role] = applicationOf("api")?.appRoles ?? [];
      const consent = { principalId: idOf("caller"), resourceId: idOf("api"), appRoleId: role?.id };
      const grants = `/v1.0/servicePrincipals/${idOf("api")}/appRoleAssignedTo`;
      const { status, body } = await azure.graph("POST", grants, consent);
      expect(status).toBe(201);
      await writeLandscape(folder, "pair", { services: pairServices });
      // Entra refuses a second assignment, so the existing one is adopted.
      expect(await upUntilDeclared(stackThatFailsFirst())).toEqual([
        `takes over caller-calls-api-Things.Read (AppRoleAssignment ${grants.replace("/v1.0", "")}/${body.id})`,
        "deploys again, round 2",
      ]);
      expect(await rolesOfCaller()).toEqual(["Things.Read"]);
      expect(await stack.preview({ config: config() })).toMatchObject(unchanged);
    });

    it("recovers, with its secrets, a vault that was deleted by hand, alone or with its resource group", async () => {
      await up();
      const { name = "", id = "" } = vaultOf("caller") ?? {};
      const { value: secret } = secretOf("caller") ?? {};
      const at = (resource: string) => resource.replace(/^\/subscriptions\/[^/]+/, "");
      const recovered = (vault: string) => expect.stringMatching(`^recovers the vault ${vault}, which was deleted on `);
      expect((await azure.arm("DELETE", at(id), keyVaultVersion)).status).toBe(200);
      expect(await upUntilDeclared(stack)).toEqual([recovered(name), "deploys again, round 2"]);
      expect(vaultOf("caller")?.name).toBe(name);
      expect(secretOf("caller")?.value === secret).toBe(true);
      expect(await rolesOfCaller()).toEqual(["Things.Read"]);

      const names = vaults().map((vault) => vault.name);
      expect((await azure.arm("DELETE", "/resourceGroups/rg-shop-dev", "2024-03-01")).status).toBe(202);
      while (azure.azure.subscription.groups.size > 0) await setImmediate();
      expect(await upUntilDeclared(stack)).toEqual([
        "recovers the resource group rg-shop-dev, which was deleted",
        ...names.map(recovered),
        "deploys again, round 2",
        "deploys again, round 3",
      ]);
      expect(secretOf("caller")?.value === secret).toBe(true);
      // The managed identities are new. They can read the vaults.
      const readers = vaults().flatMap(({ accessPolicies }) => accessPolicies.map(({ objectId }) => objectId));
      expect(readers.sort()).toEqual(
        [...azure.azure.subscription.identities.values()].map((each) => each.principalId).sort(),
      );
      expect(await rolesOfCaller()).toEqual(["Things.Read"]);
      expect(await stack.preview({ config: config() })).toMatchObject(unchanged);
    });

    it("can be deployed again after it was destroyed, and then recovers the vault whose name is in the settings", async () => {
      await up();
      await stack.destroy();
      expect(vaults()).toEqual([]);
      const notes = await upUntilDeclared(stackThatFailsFirst());
      expect(notes[0]).toMatch(/^recovers the vault caller-kv, which was deleted on /);
      expect(notes).toContain(`takes over caller-vault (Vault ${vaultOf("caller")?.id})`);
      expect(await rolesOfCaller()).toEqual(["Things.Read"]);
      expect(await stack.preview({ config: config() })).toMatchObject(unchanged);
    });

    it("finds manual changes in a refresh, and undoes them in the next deployment", async () => {
      await up();
      const api = applicationOf("api");
      const { id = "" } = azure.azure.tenant.servicePrincipalOf(api?.appId ?? "") ?? {};
      await azure.graph("PATCH", `/v1.0/servicePrincipals/${id}`, { appRoleAssignmentRequired: false });
      await azure.graph("PATCH", `/v1.0/applications/${api?.id}`, { description: "Changed in the portal." });
      expect(await stack.refresh()).toBe(2);
      expect(await stack.preview({ config: config() })).toMatchObject({ ...unchanged, update: 2 });
      await up();
      expect(azure.azure.tenant.servicePrincipals.get(id)?.appRoleAssignmentRequired).toBe(true);
      expect(applicationOf("api")?.properties.description).toBe("An API.");
      expect(await stack.refresh()).toBe(0);
    });

    it("creates a deleted grant again in a deployment with a refresh, and then changes nothing", async () => {
      await up();
      const { tenant } = azure.azure;
      const caller = tenant.servicePrincipalOf(applicationOf("caller")?.appId ?? "")?.id ?? "";
      const [grant] = tenant.assignmentsOf(caller);
      const path = `/v1.0/servicePrincipals/${caller}/appRoleAssignments/${grant?.id}`;
      expect((await azure.graph("DELETE", path)).status).toBe(204);
      expect(await rolesOfCaller()).toBe("AADSTS501051");
      const refreshed = async () => (await stack.up({ config: config(), refresh: true })).operations;
      expect(await refreshed()).toMatchObject({ ...unchanged, create: 1 });
      expect(await rolesOfCaller()).toEqual(["Things.Read"]);
      expect(await refreshed()).toMatchObject(unchanged);
    });
  });
}
