import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { pathsCommand } from "../../cli/paths";
import { deployersIn } from "../../cli/paths/deployers";
import { pathsIn } from "../../cli/paths/formats";
import { pathsReport } from "../../cli/paths/report";
import { pathText } from "../../packages/review/paths/step";
import { pathsText } from "../../packages/review/report/pathsText";
import { assignment, graph, landscape, policyOf, resource, vault } from "../../packages/review/tests/support/landscape";
import { graphPermissionNamed } from "../../packages/well-known/microsoftGraph";

// What these tests cannot prove: that the paths are right. The tests in packages/review prove that.

const secret = resource(
  "azure-native:keyvault:Secret",
  "secret",
  { vaultName: "caller-vault", secretName: "client-secret" },
  {
    dependencies: {
      properties: ["urn:pulumi:dev::p::azuread:index/applicationPassword:ApplicationPassword::caller-secret"],
    },
  },
);
const people = resource("Group", "people", { displayName: "people", objectId: "g-people" });
const owners = ["api", "caller"].map((service) =>
  resource("ApplicationOwner", `${service}-owner`, {
    applicationId: `${service}-application`,
    ownerObjectId: "i-registrar",
  }),
);
const shop = (...policies: object[]) => landscape({}, [vault("caller-vault", ...policies), secret, people, ...owners]);
const after = shop(policyOf("g-people", "get"));
/** The deployer's identity, and the job that signs in as it. */
const bootstrap = [
  graph,
  resource("UserAssignedIdentity", "registrar", { name: "id-registrar", principalId: "i-registrar" }),
  resource("FederatedIdentityCredential", "job", {
    resourceName: "id-registrar",
    issuer: "https://token.actions.githubusercontent.com",
    subject: "repo:acme/shop:environment:prod",
  }),
  assignment("i-registrar", "p-graph", graphPermissionNamed("Application.ReadWrite.OwnedBy")?.id ?? ""),
];

/** A state in the format of `pulumi stack export`. */
const exported = (resources: readonly EvaluatedResource[]) =>
  JSON.stringify({
    version: 3,
    deployment: {
      resources: resources.map(({ properties, dependencies, component, ...others }) => ({
        ...others,
        custom: !component,
        outputs: properties,
        propertyDependencies: dependencies ?? {},
      })),
    },
  });

describe("npm run paths", () => {
  let folder: string;
  const options = { stack: ["dev"], date: "2026-11-25" };
  const file = (name: string) => path.join(folder, name);
  const text = async (more: object) => {
    const report = await pathsReport({ ...options, state: [file("after.json")], ...more });
    return pathsText(report, 100).split("\n");
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "paths-"));
    await writeFile(file("before.json"), exported(shop()));
    await writeFile(file("after.json"), exported(after));
    await writeFile(file("bootstrap.json"), exported(bootstrap));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("lists once the parties that can become every service, then the shortest path to tier 0 and to each API role", async () => {
    expect(await text({ also: [file("bootstrap.json")] })).toEqual([
      "Attack paths of dev on 2026-11-25",
      "",
      "Can become each of the 2 services:",
      "  id-registrar (id-registrar → api; 1 API role)",
      "  repo:acme/shop:environment:prod (repo:acme/shop:environment:prod → id-registrar → api; 1 API role)",
      "",
      "Tier 0: its roles, their holders, and the shortest path of any other party:",
      "  Microsoft Graph Application.ReadWrite.OwnedBy, held by id-registrar",
      "      repo:acme/shop:environment:prod → id-registrar → Microsoft Graph Application.ReadWrite.OwnedBy",
      "",
      "API roles, their holders, and the shortest path of any other party:",
      "  api Read, held by caller",
      "      people → caller-vault → caller → api Read",
    ]);
  });

  it("lists with --to every party that reaches a role, with a sentence for each step", async () => {
    const lines = [
      "Attack paths of dev on 2026-11-25",
      "",
      "3 parties reach api Read:",
      "  caller → api Read",
      "      1. caller is granted the role Read of api.",
      "  i-registrar → caller → api Read",
      "      1. i-registrar owns caller: it adds a secret to the registration, and signs in as caller with",
      "          it. (caller-owner)",
      "      2. caller is granted the role Read of api.",
      "  people → caller-vault → caller → api Read",
      "      1. people reads the secrets of caller-vault by an access policy (get).",
      "      2. The vault caller-vault contains a secret of caller, and anyone who reads it can sign in as",
      "          caller.",
      "      3. caller is granted the role Read of api.",
    ];
    for (const to of ["api/Read", "API/read", "api Read", "api"]) expect(await text({ to: [to] })).toEqual(lines);
  });

  it.each([
    [
      "api/Reed",
      '--to is "api/Reed"; allowed: <API>/<role>, an API, a directory role, or tier-0, as the command without --to lists them. Did you mean "api/Read"?',
    ],
    ["tier-0", "--to tier-0: nothing in the stack leads to tier 0"],
  ])("refuses --to %s with a reason", async (to, message) => {
    await expect(text({ to: [to] })).rejects.toThrow(new Error(message));
  });

  it("lists the paths that a change opens, and says if it opens none", async () => {
    const lines = await text({ againstFile: file("before.json") });
    expect(lines.slice(lines.indexOf("What the change opens:"), lines.indexOf("What the change opens:") + 4)).toEqual([
      "What the change opens:",
      "  opens a path to an API role: people → caller-vault → caller → api Read",
      "      people reads the secrets of caller-vault by an access policy (get).",
      "",
    ]);
    expect(await text({ againstFile: file("after.json") })).toContain("The change opens no path.");
    await expect(text({ against: "HEAD" })).rejects.toThrow(
      "--against compares programs: with --state, use --against-file",
    );
  });

  it("exits with 1 if the change opens a path, and with 0 if not", async () => {
    const print = jest.spyOn(console, "log").mockImplementation(() => undefined);
    const before = process.exitCode;
    const codeAgainst = async (earlier: string) => {
      await pathsCommand.parseAsync(["--state", file("after.json"), "--against-file", file(earlier)], { from: "user" });
      return process.exitCode;
    };
    const codes = [await codeAgainst("before.json"), await codeAgainst("after.json")];
    process.exitCode = before;
    print.mockRestore();
    expect(codes).toEqual([1, 0]);
  });

  it("treats the bootstrap's identities that can create registrations as deployers", () => {
    expect(deployersIn(bootstrap)).toEqual(["id-registrar"]);
    expect(deployersIn(bootstrap.slice(0, 3))).toEqual([]);
  });

  it("adds the findings and waived findings of an audit to both sides of a comparison", async () => {
    const owner = { kind: "owner", holder: "ann (1)", what: "owns", at: "caller", resource: "caller registration 1" };
    const secret = { service: "caller", kind: "secret", name: "2", knownTo: "a holder of the secret 2" };
    const audit = { findings: [{ access: { rights: [owner] } }, {}], waived: [{ access: { credentials: [secret] } }] };
    await writeFile(file("audit.json"), JSON.stringify(audit));
    const report = await pathsReport({
      ...options,
      state: [file("after.json")],
      audit: [file("audit.json")],
      againstFile: file("after.json"),
      to: ["api/Read"],
    });
    const found = report.asked?.[0]?.all.filter(([step]) => step?.from.name !== "i-registrar").map(pathText);
    expect(found).toEqual([
      "caller → api Read",
      "a holder of the secret 2 → caller → api Read",
      "ann (1) → caller → api Read",
      "people → caller-vault → caller → api Read",
    ]);
    expect(report.opened).toEqual([]);
    await expect(pathsReport({ ...options, state: [file("after.json")], audit: [file("after.json")] })).rejects.toThrow(
      new Error(
        `${file("after.json")} is not an audit; create it with \`npm run audit -- --out ${file("after.json")}\``,
      ),
    );
  });

  it("writes JSON with the steps, Markdown and HTML with a picture, and the picture alone", async () => {
    const report = await pathsReport({ ...options, state: [file("after.json")], againstFile: file("before.json") });
    const { roles, opened } = JSON.parse(await pathsIn("json", report));
    expect(roles[0].shortest.map(({ kind }: { kind: string }) => kind)).toEqual([
      "reads",
      "contains a secret of",
      "holds",
    ]);
    expect(opened.map(({ by }: { by: { resource: string } }) => by.resource)).toEqual(["caller-vault"]);
    const chart = (await pathsIn("markdown", report)).split("\n").filter((line) => /^ {2}n\d/.test(line));
    expect(chart.slice(0, 3)).toEqual([
      '  n0["people"] -->|"reads (new)"| n1["caller-vault"]',
      '  n1["caller-vault"] -->|"contains a secret of"| n2["caller"]',
      '  n2["caller"] -->|"holds"| n3["api<br>Read"]',
    ]);
    const page = await pathsIn("html", report);
    expect(page.match(/<svg /g)).toHaveLength(2);
    expect(page).toContain("<h2>What the change opens</h2>");
    expect(await pathsIn("svg", report)).toMatch(/^<\?xml[\s\S]*<title>caller&#45;vault<\/title>[\s\S]*<\/svg>\s*$/);
  });
});
