import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import type { Stack, StackOptions } from "@microservice-identities/engine/deployment/stack";
import { differencesOf } from "@microservice-identities/proof/report";
import { startTestAzure, type TestAzure } from "./azure";
import { pairServices } from "./deployedPair";
import { projectWith, writeLandscape, writeSettings } from "./project";
import { prove } from "./proof";

type Authorization = "accessPolicies" | "migrating" | "rbac";

/** A deployed stack changes from access policies to Azure RBAC and back, while a service reads its secret. */
export function describeVaultSwitch(host: string, createStack: (options: StackOptions) => Promise<Stack>): void {
  describe(`the vaults of a stack deployed with ${host}`, () => {
    let azure: TestAzure;
    let folder: string;
    let stack: Stack;
    let readerRole: string;
    beforeEach(async () => {
      azure = await startTestAzure();
      folder = await projectWith({});
      await writeLandscape(folder, "pair", { services: pairServices });
      // The CLI copies the settings when the stack is created.
      await writeSettings(folder, "dev", {
        location: "westeurope",
        landscapeFile: path.join(folder, "pair.yaml"),
        date: "2026-11-25",
        rotation: { since: "2026-11-01" },
        authority: azure.azure.authority,
      });
      readerRole = randomUUID();
      await azure.arm("PUT", `/providers/Microsoft.Authorization/roleDefinitions/${readerRole}`, "2022-04-01", {
        properties: {
          roleName: "vault reader",
          assignableScopes: [azure.azure.subscription.path],
          permissions: [{ dataActions: ["Microsoft.KeyVault/vaults/secrets/getSecret/action"] }],
        },
      });
      stack = await createStack({ azure: azure.azure, projectFolder: folder, stack: "dev" });
    });
    afterEach(async () => {
      await stack.dispose();
      await azure.close();
      await rm(folder, { recursive: true, force: true });
    });

    const deploy = (authorization: Authorization) => {
      const vault = { authorization, purgeProtection: false };
      return stack.up({
        config: { vault: JSON.stringify(authorization === "accessPolicies" ? vault : { ...vault, readerRole }) },
      });
    };
    const vault = () => [...azure.azure.subscription.vaults.values()].find(({ name }) => name.startsWith("caller-"));

    /** Reads the caller's secret as its managed identity repeatedly until the work is done. @returns every answer */
    async function answersDuring(work: Promise<unknown>): Promise<Set<string>> {
      const identities = [...azure.azure.subscription.identities.values()];
      const identity = identities.find(({ name }) => name === "id-caller-dev");
      const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.azure.workloadHost([identity?.id ?? ""]);
      const { body } = await azure.send(
        "GET",
        `${IDENTITY_ENDPOINT}?resource=https://vault.azure.net&api-version=2019-08-01&client_id=${identity?.clientId}`,
        { headers: { "x-identity-header": IDENTITY_HEADER } },
      );
      const answers = new Set<string>();
      let isDone = false;
      const ended = work.finally(() => {
        isDone = true;
      });
      do {
        const { status, body: read } = await azure.send("GET", `${vault()?.uri}secrets/client-secret?api-version=7.6`, {
          token: body.access_token,
        });
        answers.add(`${status} ${read.error?.innererror?.code ?? ""}`.trim());
      } while (!isDone);
      await ended;
      return answers;
    }

    it("change from access policies to Azure RBAC and back, while a service can always read its secret", async () => {
      await deploy("accessPolicies");
      const steps: [Authorization, isRbac: boolean, policies: number, roles: number][] = [
        ["migrating", false, 1, 1],
        ["rbac", true, 0, 1],
        ["migrating", false, 1, 1],
        ["accessPolicies", false, 1, 0],
      ];
      for (const [authorization, isRbac, policies, roles] of steps) {
        let outputs: Record<string, unknown> = {};
        const answers = await answersDuring(
          deploy(authorization).then((deployed) => {
            outputs = deployed.outputs;
          }),
        );
        expect([authorization, [...answers]]).toEqual([authorization, ["200"]]);
        const { enableRbacAuthorization, accessPolicies, id } = vault() ?? {};
        const assigned = azure.azure.subscription.access.all().filter(({ scope }) => scope === id);
        expect([authorization, enableRbacAuthorization, accessPolicies?.length]).toEqual([
          authorization,
          isRbac,
          policies,
        ]);
        expect(assigned.map(({ roleId }) => roleId)).toEqual(roles ? [readerRole] : []);
        // A service can read its own secret, cannot list secrets, and is refused by the other vault.
        if (authorization !== "migrating") expect(differencesOf(await prove(azure.azure, outputs))).toEqual([]);
      }
    });
  });
}
