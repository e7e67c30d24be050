import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { accessModelOf } from "@microservice-identities/review/accessModel";
import { auditRules } from "@microservice-identities/review/auditRules";
import { withFound } from "@microservice-identities/review/paths/foundAccess";
import { stackGraph } from "@microservice-identities/review/paths/stackGraph";
import { keyOfStep } from "@microservice-identities/review/paths/step";
import { findingsSarif } from "@microservice-identities/review/report/sarif";
import { keyOfFinding } from "@microservice-identities/review/rule";
import { savedAudit } from "@microservice-identities/review/savedReview";
import type { Waivers } from "@microservice-identities/review/waivers";
import { selfSigned } from "@microservice-identities/test-support/certificate";
import { type DeployedPair, deployedPair } from "@microservice-identities/test-support/deployedPair";
import { runCommandIn } from "@microservice-identities/test-support/processes";
import { callingInACircle, planters } from "@microservice-identities/test-support/undeclared";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { localTenant } from "../../../cli/adoption/localTenant";
import { type BulkReader, TenantError } from "../../../cli/adoption/tenant";
import { type Audit, audit, auditExitCode, conclusion } from "../../../cli/audit/audit";
import { Declared, rowOf, type StateRow } from "../../../cli/audit/declared";
import { auditHtml } from "../../../cli/audit/html";
import { auditText } from "../../../cli/audit/text";
import { localConfig } from "../../../cli/deployingCommand";
import program from "../../../stacks/index";

jest.setTimeout(120_000);

// What these tests cannot prove: that Azure returns the same as the local Azure.

const day = "2026-11-25";
const count = 4;

describe("the audit of a stack", () => {
  let pair: DeployedPair;
  let tenant: BulkReader & { close(): Promise<void> };
  let rows: StateRow[];
  let bootstrap: StateRow[];
  const runAudit = (reader: BulkReader = tenant): Promise<Audit> =>
    audit(new Declared(rows, bootstrap), reader, { stack: "dev", today: day });

  beforeAll(async () => {
    pair = await deployedPair(program, day);
    await pair.change(callingInACircle(count));
    await pair.set({ vault: { retentionDays: 7, purgeProtection: false, network: { ipRules: ["198.51.100.7"] } } });
    const { azure } = pair.azure;
    const stack = pair.stack();
    await stack.up({ config: { ...pair.config, ...localConfig(azure) } });
    rows = (await stack.resources()).map(rowOf);
    // The bootstrap, which is another stack, declares the deployer's own role in Azure.
    bootstrap = azure.subscription.access
      .all()
      .map(({ id }) => ({ urn: "", type: "azure-native:authorization:RoleAssignment", id, properties: {} }));
    const permissions = ["Application.Read.All", "Directory.Read.All", "RoleManagement.Read.Directory"];
    const auditor = azure.addIdentity("auditor", permissions, azureRoles.reader.id);
    tenant = await localTenant({ ...azure, deployer: auditor });
  });
  afterAll(async () => {
    await tenant.close();
    await pair.close();
  });

  it("has no finding right after a deployment, and says so in one sentence", async () => {
    const found = await runAudit();
    expect({ findings: found.findings, unseen: found.unseen, code: auditExitCode(found) }).toEqual({
      findings: [],
      unseen: [],
      code: 0,
    });
    expect(auditText(found).split("\n").at(-1)).toBe(
      "Nothing undeclared was found at the 4 registrations, 4 identities and 4 vaults of dev; not checked: eligible members of groups, people with directory roles over the whole tenant, and the users of the pipelines.",
    );
  });

  it("lists what it has no permission to read, and then calls the result not known", async () => {
    const poor = pair.azure.azure.addIdentity("poor auditor", ["Application.Read.All"]);
    const reader = await localTenant({ ...pair.azure.azure, deployer: poor });
    const found = await runAudit(reader);
    await reader.close();
    const { subscriptionId } = pair.azure.azure;
    expect(found.unseen.map(({ what, needs, count }) => ({ what, needs, count }))).toEqual(
      expect.arrayContaining([
        { what: "the delegated grants", needs: "Directory.Read.All in Microsoft Graph", count: 1 },
        { what: "the directory roles", needs: "RoleManagement.Read.Directory in Microsoft Graph", count: 1 },
        { what: "the vaults", needs: "Reader of the subscription in Azure", count: 1 },
        {
          what: "the federated credentials of the identities",
          needs: "Reader of the identities in Azure",
          count,
        },
        {
          what: `the role assignments of ${subscriptionId}`,
          needs: "Reader of the subscription in Azure",
          count: 1,
        },
      ]),
    );
    expect(auditExitCode(found)).toBe(2);
    expect(conclusion(found)).toMatch(/^Not known: nothing undeclared was found at .* could not read the /);
  });

  it("treats a refused batch as something that it has no permission to read", async () => {
    const refuses: BulkReader = {
      ...tenant,
      ask: async () => {
        throw new TenantError("POST $batch: 403 Forbidden", 403);
      },
    };
    const found = await runAudit(refuses);
    expect(auditExitCode(found)).toBe(2);
    expect(found.unseen.map(({ what }) => what)).toContain("the holders of the APIs' roles");
  });

  it("lists exactly the access that somebody added by hand, one of each kind, as text, HTML and SARIF, and how to remove each", async () => {
    const { azure } = pair.azure;
    const clientIds = new Declared(rows).services.map(({ clientId }) => clientId);
    const all = Object.values(planters(azure, clientIds, (await selfSigned("by-hand")).pem));
    const planted = all.flatMap((plant, index) => plant(index));
    const found = await runAudit();
    expect(found.findings.map(keyOfFinding).sort()).toEqual(planted.map(keyOfFinding).sort());
    expect(new Set(planted.map(({ rule }) => rule))).toEqual(new Set(auditRules.map(({ id }) => id)));
    expect(auditExitCode(found)).toBe(1);
    expect(conclusion(found)).toBe(
      "30 undeclared things were found at the 4 registrations, 4 identities and 4 vaults of dev.",
    );
    expect(found.findings.filter((each) => !("away" in each && each.away.length > 0))).toEqual([]);
    const text = auditText(found);
    const page = auditHtml(found);
    const log = findingsSarif("tenant-audit", auditRules, found, {
      placeOf: () => ({ file: "stacks/shop.ts", line: 1 }),
    });
    const results = JSON.parse(log).runs[0].results as { ruleId: string; message: { text: string } }[];
    expect(results).toHaveLength(found.findings.length);
    for (const { subject, rule } of found.findings) {
      expect(text).toContain(subject);
      expect(page).toContain(subject);
      expect(results).toContainEqual(
        expect.objectContaining({ ruleId: rule, message: { text: expect.stringContaining(subject) } }),
      );
    }
  });

  it("adds a step to the attack paths for each finding that lets somebody become a service, enter a vault or hold a role", async () => {
    const { findings } = await runAudit();
    const model = accessModelOf(rows.map((row) => ({ ...row, parent: "" })));
    const known = new Set(stackGraph(model).steps.map(keyOfStep));
    const opened = findings.map((finding) => {
      const saved = savedAudit.parse(JSON.parse(JSON.stringify({ findings: [finding] })));
      const { steps } = stackGraph(
        withFound(
          model,
          saved.findings.flatMap(({ access }) => access ?? []),
        ),
      );
      const kinds = steps.filter((step) => !known.has(keyOfStep(step))).map(({ kind }) => kind);
      return `${finding.rule}: ${[...new Set(kinds)].sort().join(", ")}`;
    });
    expect([...new Set(opened)].sort()).toEqual([
      "undeclared-azure-role: ",
      "undeclared-certificate: knows a secret of",
      "undeclared-delegated-grant: ",
      "undeclared-directory-role: adds a credential to, grants itself, holds",
      "undeclared-directory-role: adds a credential to, holds",
      "undeclared-grant: holds",
      "undeclared-member: is a member of",
      "undeclared-member: owns",
      "undeclared-network: ",
      "undeclared-open-api: ",
      "undeclared-owner: owns",
      "undeclared-permission: holds",
      // Settings of a vault: they give no principal access.
      "undeclared-reader: ",
      "undeclared-reader: lets itself into",
      "undeclared-reader: reads",
      "undeclared-reader: runs code as",
      "undeclared-secret: knows a secret of",
      "undeclared-trust: signs in as",
    ]);
  });

  it("applies waivers, and reports a waiver that applies to no finding", async () => {
    const [first] = (await runAudit()).findings;
    if (!first) throw new Error("nothing was planted");
    const { rule, subject, message } = first;
    const common = { stack: "dev", reason: "The supplier needs it.", owner: "the shop team", until: "2027-01-31" };
    const waivers: Waivers = {
      longestDays: 366,
      waivers: [
        { ...common, rule, subject, accepts: message },
        { ...common, rule, subject: "nothing", accepts: "is there" },
        // A waiver of the review, which the audit ignores.
        { ...common, rule: "unused-role", subject: "nothing", accepts: "is granted to nobody" },
      ],
    };
    const found = await audit(new Declared(rows, bootstrap), tenant, { stack: "dev", today: day, waivers });
    expect(found.waived.map((each) => each.subject)).toEqual([subject]);
    expect(found.findings).toHaveLength(30);
    expect(found.findings.filter((each) => each.rule === "unused-waiver").map((each) => each.subject)).toEqual([
      `nothing (${rule})`,
    ]);
  });

  it("is a command that writes HTML, SARIF and JSON, and exits with 1 for undeclared access", async () => {
    const { azure } = pair.azure;
    const files = await mkdtemp(path.join(tmpdir(), "audit-"));
    const at = (name: string) => path.join(files, name);
    const exported = (resources: readonly StateRow[]) =>
      JSON.stringify({
        deployment: {
          resources: [
            { urn: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", type: "pulumi:pulumi:Stack" },
            ...resources.map(({ urn, type, id, properties }) => ({
              urn,
              type,
              id,
              outputs: properties,
              custom: id !== "",
            })),
          ],
        },
      });
    try {
      await writeFile(at("state.json"), exported(rows));
      await writeFile(at("bootstrap.json"), exported(bootstrap));
      await writeFile(at("ca.pem"), azure.caCertificate);
      const permissions = ["Application.Read.All", "Directory.Read.All", "RoleManagement.Read.Directory"];
      const deployer = azure.addIdentity("command", permissions, azureRoles.reader.id);
      const env = { ...deployer, NODE_EXTRA_CA_CERTS: at("ca.pem") };
      const out = ["--out", at("audit.html"), "--out", at("audit.sarif")];
      const states = ["--state", at("state.json"), "--also", at("bootstrap.json")];
      const { code, stdout } = await runCommandIn({ env }, "audit", ...states, "--format", "json", ...out);
      const { findings, conclusion: last } = JSON.parse(stdout) as { findings: object[]; conclusion: string };
      const { runs } = JSON.parse(await readFile(at("audit.sarif"), "utf8")) as { runs: { results: object[] }[] };
      const html = await readFile(at("audit.html"), "utf8");
      expect([code, findings.length, runs[0]?.results.length, html.match(/<tr><th scope="row">/g)?.length]).toEqual([
        1, 30, 30, 30,
      ]);
      expect(html).toContain(last);
    } finally {
      await rm(files, { recursive: true });
    }
  });
});
