import { copyFile, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { review } from "../review";

jest.setTimeout(120_000);

/** Landscapes with exactly the findings that an Azure expert would report. */
const expected: Record<string, readonly string[]> = {
  classic: [
    "high long-secret: legacy password is valid until 2031-01-01; at most 180 days are allowed",
    "high open-api: legacy lets any application of the tenant get a token",
    "medium old-tokens: legacy gets version 1 tokens",
    "medium unrequested-grant: legacy-prod → orders-prod Orders.Read is granted, but not requested in the registration",
    "low unexplained-grant: grants have no reason: 2 of them, as billing-prod → orders-prod Orders.Read",
  ],
  platform: [
    "high broad-deployer: pipeline-deploys gives id-pipeline-prod Contributor on platform",
    "high unknown-reader: Payments on call at payments-vault is not a managed identity of this stack, but has access (Key Vault Secrets User)",
    "medium retired-api-version: Microsoft.KeyVault 2024-11-01 works only until 2027-02-27",
    "low outside-trust: payments-on-cluster lets system:serviceaccount:payments:payments sign in as id-payments-prod (https://westeurope.oic.prod-aks.azure.com/00000000-0000-0000-0000-000000000000/11111111/)",
    "low outside-trust: pipeline-by-github lets repo:acme/platform:environment:prod sign in as id-pipeline-prod (https://token.actions.githubusercontent.com)",
  ],
  graphCallers: [
    "high privileged-api: id-archive-prod → Office 365 Exchange Online full_access_as_app is of tier 1: it changes the data of others in the whole tenant",
    "high privileged-graph: id-provisioning-prod → Microsoft Graph Application.ReadWrite.All is of tier 0: it can give itself any right in the tenant, by a known indirect attack path",
    "medium privileged-graph: id-mailer-prod → Microsoft Graph Calendars.Read is of tier 2: it can read data, and no way to further rights is known (of tier 1 by what it controls)",
    "medium privileged-graph: id-mailer-prod → Microsoft Graph Mail.Send is of tier 1: it has access to the data of others in the whole tenant",
    "low privileged-graph: id-directory-sync-prod → Microsoft Graph GroupMember.Read.All is of tier 2: it can read data, and no way to further rights is known",
    "low privileged-graph: id-directory-sync-prod → Microsoft Graph User.ReadBasic.All is of tier 2: it can read data, and no way to further rights is known",
    "low unexplained-grant: grants have no reason: 6 of them, as id-archive-prod → Office 365 Exchange Online full_access_as_app",
  ],
};

describe("a realistic landscape", () => {
  it.each(Object.keys(expected))("has exactly the findings that an expert would report: %s", async (name) => {
    const folder = await mkdtemp(path.join(tmpdir(), "realistic-"));
    for (const part of ["node_modules", "package.json", "tsconfig.json"])
      await symlink(path.join(projectFolder, part), path.join(folder, part));
    await copyFile(path.join(__dirname, "landscapes", `${name}.ts`), path.join(folder, "index.ts"));
    await writeFile(path.join(folder, "Pulumi.yaml"), `name: ${name}\nmain: index.ts\nruntime: nodejs\n`);
    await writeFile(path.join(folder, "Pulumi.prod.yaml"), "config: {}\n");
    try {
      const { findings } = review(await evaluateOffline(folder, "prod"), { today: "2026-11-25" });
      expect(
        findings.map(({ severity, rule, subject, message }) => `${severity} ${rule}: ${subject} ${message}`),
      ).toEqual(expected[name]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
