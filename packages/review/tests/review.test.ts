import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type EvaluatedResource, unknownValue } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { shop } from "@microservice-identities/test-support/shopProject/stacks/shop";
import { accessModelOf } from "../accessModel";
import { readExportedState } from "../exportedState";
import { marker, reviewMarkdown } from "../report/markdown";
import { reviewText } from "../report/text";
import { type Review, review } from "../review";
import { type Evaluated, evaluatedShop } from "./support/evaluatedShop";

jest.setTimeout(60_000);

const today = "2026-11-25";

describe("the review of a landscape", () => {
  let evaluated: Evaluated;
  let resources: readonly EvaluatedResource[];
  beforeAll(async () => {
    evaluated = await evaluatedShop();
    resources = evaluated.resources;
  });
  afterAll(() => evaluated.dispose());
  const without = (name: RegExp) => resources.filter(({ urn }) => !name.test(urn));

  it("contains exactly the declared calls, each with its reason, without a connection to Azure", () => {
    expect(accessModelOf(resources).grants).toEqual(
      Object.entries(shop.services)
        .flatMap(([caller, { calls = {} }]) =>
          Object.entries(calls).flatMap(([api, { roles, because }]) =>
            roles.map((role) => ({ caller: `${caller}-dev`, api: `${api}-dev`, role, because })),
          ),
        )
        .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)),
    );
  });

  it("contains the same for an exported state", () => {
    const exported = {
      version: 3,
      deployment: {
        resources: resources.map(({ urn, type, id, parent, properties }) =>
          type.startsWith("microservice-identities:") || type.startsWith("pulumi:pulumi:")
            ? { urn, type, inputs: properties }
            : { urn, type, id, parent, custom: true, outputs: properties },
        ),
      },
    };
    expect(accessModelOf(readExportedState(exported))).toEqual(accessModelOf(resources));
    expect(() => readExportedState({ resources: [] })).toThrow(
      new Error(
        "is not an exported state; create it with `pulumi stack export --file <file>`\n  deployment is missing; allowed: keys and values",
      ),
    );
  });

  it("has the same model before a deployment, while no id is known, except that every role of a called API counts as granted", () => {
    const ids = ["clientId", "objectId", "principalId", "roleId", "result", "applicationId", "apiClientId", "roleIds"];
    const assigned = ["appRoleId", "principalObjectId", "resourceObjectId"];
    const planned = JSON.parse(
      JSON.stringify(
        resources.map((resource) => ({ ...resource, id: "" })),
        (key, value) =>
          [...ids, ...assigned].includes(key) ? unknownValue("is known only after the deployment") : value,
      ),
    ) as EvaluatedResource[];
    // The dependencies show from which resource an unknown property comes.
    const from = new Map(resources.map(({ urn, dependencies }) => [urn, dependencies]));
    const unlinked = planned.map((resource) => ({ ...resource, dependencies: from.get(resource.urn) ?? {} }));
    const { grants: before, requests: asked, ...rest } = accessModelOf(unlinked);
    const { grants, requests, roles, ...same } = accessModelOf(resources);
    expect(rest).toEqual({ roles, ...same });
    const offered = (caller: string, api: string) =>
      roles.filter((each) => each.api === api).map(({ role }) => [caller, api, role]);
    const pairs = [...new Map(grants.map((grant) => [`${grant.caller} ${grant.api}`, grant])).values()];
    const all = pairs.flatMap(({ caller, api }) => offered(caller, api)).sort();
    const triple = ({ caller, api, role }: { caller: string; api: string; role: string }) => [caller, api, role];
    expect([...new Set(before.map((each) => JSON.stringify(triple(each))))].sort()).toEqual(
      all.map((each) => JSON.stringify(each)).sort(),
    );
    expect(asked.map(triple).sort()).toEqual(all);
    expect(before.map(triple)).toEqual(expect.arrayContaining(grants.map(triple)));
    expect(asked).toEqual(expect.arrayContaining([...requests]));
    expect(accessModelOf(planned.map((resource) => ({ ...resource, dependencies: {} }))).grants).not.toEqual(
      accessModelOf(resources).grants,
    );
  });

  it("reads files that the settings name with a path in the project", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "project-"));
    for (const part of ["components", "stacks", "node_modules", "package.json", "tsconfig.json", "Pulumi.yaml"])
      await symlink(path.join(projectFolder, part), path.join(folder, part));
    await writeFile(
      path.join(folder, "Pulumi.small.yaml"),
      ["config:", "  location: westeurope", "  landscapeFile: small.yaml", '  rotation: { since: "2026-11-01" }'].join(
        "\n",
      ),
    );
    await writeFile(path.join(folder, "small.yaml"), "services: { alone: { description: Alone., appRoles: {} } }\n");
    const { services } = accessModelOf(await evaluateOffline(folder, "small"));
    await rm(path.join(folder, "small.yaml"));
    await expect(evaluateOffline(folder, "small")).rejects.toThrow(
      /^the deployment of stack small failed:\n {2}landscapeFile: cannot read small\.yaml: there is no such file; correct the path$/,
    );
    await rm(folder, { recursive: true });
    expect(services).toEqual(["alone-small"]);
  });

  it("shows the access that a change adds and removes, and the findings that it adds", () => {
    const before = without(/ingest-calls-inventory-Inventory\.Write$/);
    const after = without(/reporting-calls-ingest-Feeds\.Read$/);
    const { change, newFindings, findings } = review(after, { today, before: { resources: before } });
    expect(change?.grants).toEqual({
      added: [
        {
          caller: "ingest-dev",
          api: "inventory-dev",
          role: "Inventory.Write",
          because: "A delivered feed raises stock levels.",
        },
      ],
      removed: [
        {
          caller: "reporting-dev",
          api: "ingest-dev",
          role: "Feeds.Read",
          because: "Reports feeds that did not arrive.",
        },
      ],
    });
    expect([findings.length, newFindings.map(({ rule, subject }) => `${rule} ${subject}`)]).toEqual([
      5,
      ["ungranted-request reporting-dev → ingest-dev Feeds.Read", "uncalled-api ingest-dev"],
    ]);
  });

  it("writes a comment with a marker and a picture of the change", () => {
    const text = reviewMarkdown(
      review(resources, { today, before: { resources: without(/ingest-calls-inventory-Inventory\.Write$/) } }),
    );
    expect(text).toBe(
      [
        marker,
        "## Access review of dev",
        "",
        "On 2026-11-25: new findings: 0 high, 0 medium, 0 low.",
        "",
        "### What the change does",
        "",
        "```diff",
        "+ ingest-dev may call inventory-dev with Inventory.Write: A delivered feed raises stock levels.",
        "+ reporting-dev reaches inventory-dev Inventory.Write through ingest-dev",
        "```",
        "",
        "```mermaid",
        "flowchart LR",
        '  n0["ingest-dev"] -->|"Inventory.Write (new)"| n1["inventory-dev"]',
        "```",
        "",
        "No new findings.",
        "",
        "Whether the grants are used is not known: there is no usage report (--usage).",
        "",
      ].join("\n"),
    );
  });

  it("fits a terminal of 100 columns, and says if a change has no effect", () => {
    const text = reviewText(review(resources, { today, before: { resources } }));
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text).toContain("What the change does:\n  no change\n");
  });

  it("shows totals for a large company, and the first findings of each rule, new ones first", () => {
    const [caller, api, role] = ["caller", "api", "Data.Read"];
    const model = { ...accessModelOf(resources), services: [caller, api], grants: [] };
    const findings = Array.from({ length: 22 }, (_, index) => ({
      rule: "unused-role",
      severity: "low" as const,
      subject: `role${index}`,
      about: [`role${index}`],
      message: "is granted to nobody",
      remedy: "Remove the role.",
    }));
    const company: Review = {
      ...review([], { today, before: { resources: [] } }),
      model: { ...model, grants: Array.from({ length: 201 }, () => ({ caller, api, role })) },
      findings,
      newFindings: findings.slice(21),
    };
    const line = (index: number) => `  low     role${index} is granted to nobody (unused-role`;
    expect(reviewText(company).split("\n")).toEqual([
      "Access review of no stack on 2026-11-25",
      "",
      "What the change does:",
      "  no change",
      "",
      "22 findings, 1 of them new:",
      `${line(21)}, new)`,
      ...Array.from({ length: 19 }, (_, index) => `${line(index)})`),
      "          and 2 more of this rule; --out review.html has all",
      "          Remove the role. (docs/review-rules.md#unused-role)",
      "",
      "Whether the grants are used is not known: there is no usage report (--usage).",
      "",
      "201 grants of 2 services: more than 200 are not shown here; --out review.html has all.",
    ]);
  });
});
