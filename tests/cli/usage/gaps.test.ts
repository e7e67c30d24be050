import type { UsageLine } from "@microservice-identities/review/usage/usageLine";
import { isoDay, oneDay } from "@microservice-identities/validation/days";
import { firstParty } from "@microservice-identities/well-known/clouds";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import { Evidence, type SignInCount } from "../../../cli/usage/evidence";
import type { DeclaredGrant, DeclaredUse } from "../../../cli/usage/grants";
import { judge } from "../../../cli/usage/judge";
import { usageMarkdown } from "../../../cli/usage/markdown";
import { conclusion, type UsageReport, usageExitCode, usageReport } from "../../../cli/usage/report";
import { usageText } from "../../../cli/usage/text";

// Records can be incomplete, or about something that the stack does not declare. They must not cause a finding, and the report must mention them.

const today = "2026-11-25";
const daysAgo = (count: number): string => isoDay(Date.parse(today) - count * oneDay);
const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const [orders, stock, billing, former] = [id(1), id(2), id(3), id(4)];

const grant = (role: string, change: Partial<DeclaredGrant> = {}): DeclaredGrant => ({
  caller: { name: "orders-dev", clientId: orders, isService: true },
  api: { name: "stock-dev", clientId: stock, isOwn: true, roles: ["Stock.Read", "Stock.Write"] },
  role,
  inLandscape: { caller: "orders", api: "stock" },
  ...change,
});
const toBilling = grant("Invoices.Read", {
  api: { name: "billing-dev", clientId: billing, isOwn: true, roles: ["Invoices.Read"] },
  inLandscape: { caller: "orders", api: "billing" },
});
const toGraph = grant("User.Read.All", {
  api: { name: "Microsoft Graph", clientId: microsoftGraph, isOwn: false, roles: [] },
  inLandscape: { caller: "orders", api: "graph" },
});

interface Records {
  readonly lines?: readonly UsageLine[];
  readonly signIns?: readonly SignInCount[];
}

function report(grants: readonly DeclaredGrant[], { lines = [], signIns = [] }: Records): UsageReport {
  const declared: DeclaredUse = {
    grants,
    services: [
      { name: "orders-dev", clientId: orders, inLandscape: "orders" },
      { name: "stock-dev", clientId: stock, inLandscape: "stock" },
      { name: "billing-dev", clientId: billing, inLandscape: "billing" },
    ],
  };
  const evidence = new Evidence(daysAgo(89), today);
  for (const line of lines) evidence.add(line);
  for (const signIn of signIns) evidence.addSignIn(signIn);
  return usageReport(judge(declared, evidence, { stack: "dev", today, leastDays: 30 }), declared, []);
}

const states = ({ usage }: UsageReport) => usage.grants.map(({ state, reason }) => reason ?? state);
const findings = (found: UsageReport) =>
  found.findings.map(({ rule, subject, message }) => `${rule}: ${subject} ${message}`);
const others = ({ usage }: UsageReport) =>
  usage.others.map(({ caller, api, role, count }) => [caller, api, role, count].join(" "));

const daily = <T>(from: number, to: number, line: (day: string) => T): T[] =>
  Array.from({ length: from - to + 1 }, (_, index) => line(daysAgo(from - index)));
const guardLines = (from: number, to = 0, api = stock) =>
  daily(from, to, (day): UsageLine => ({ kind: "guard", day, api }));
const callerLines = (from: number, to = 0, caller = orders) =>
  daily(from, to, (day): UsageLine => ({ kind: "caller", day, caller }));
const signInLog = (from: number, to = 0) =>
  daily(from, to, (day): SignInCount => ({ day, caller: "", api: "", code: 0, count: 9 }));
const request = (role: string, day = daysAgo(3), change: object = {}): UsageLine => ({
  ...{ kind: "request", day, api: stock, caller: orders, role, outcome: "admitted", access: "write", count: 5 },
  ...change,
});
const token = (api: string, day = daysAgo(3)): UsageLine => ({
  ...{ kind: "token", day, caller: orders, api, outcome: "issued", count: 4 },
});
const signIn = (api: string, code = 0): SignInCount => ({ day: daysAgo(3), caller: orders, api, code, count: 3 });

const write = grant("Stock.Write");
const neverUsed = "unused-grant: orders-dev → stock-dev Stock.Write was never used";

describe("an API without records", () => {
  it("has no finding for its grant; the report names it, and exits with 1 because of another grant of the caller", () => {
    const found = report([write, toBilling], { lines: guardLines(40) });
    expect([states(found), findings(found), usageExitCode(found)]).toEqual([["unused", "unknown"], [neverUsed], 1]);
    expect(usageText(found)).toContain(
      "Not decided:\n  orders-dev → billing-dev Invoices.Read: too little is recorded (0 days recorded, 0 tokens)",
    );
  });

  it("leads to the exit code 2 of the report if nothing else is found", () => {
    expect(usageExitCode(report([toBilling], {}))).toBe(2);
  });
});

describe("missing days", () => {
  it.each<[string, UsageLine[], string[]]>([
    ["in the middle, with 29 recorded days around them", [...guardLines(89, 75), ...guardLines(13)], ["unknown"]],
    ["in the middle, with 30 recorded days around them", [...guardLines(89, 75), ...guardLines(14)], ["unused"]],
    ["at the beginning, because the recorder started 29 days ago", guardLines(28), ["unknown"]],
    ["at the beginning, because the recorder started 30 days ago", guardLines(29), ["unused"]],
    ["at the end, because the recorder stopped", guardLines(89, 60), ["unused"]],
    ["at all times but on one day, on which the role was used", [request("Stock.Write")], ["used"]],
  ])("%s: only the recorded days are evidence", (_what, lines, expected) => {
    expect(states(report([write], { lines }))).toEqual(expected);
  });

  it("are visible in the finding: it says how many days of the period were recorded, and how long ago the records end", () => {
    const [finding] = report([write], { lines: guardLines(89, 60) }).findings;
    expect(finding?.remedy).toMatch(
      `Evidence: recorded by the API's guard on 30 of the 30 days from ${daysAgo(89)} to ${daysAgo(60)}, which is 60 days ago.`,
    );
    const [gap] = report([write], { lines: [...guardLines(89, 75), ...guardLines(14)] }).findings;
    expect(gap?.remedy).toMatch(`on 30 of the 90 days from ${daysAgo(89)} to ${today}, which is today.`);
  });

  it("stay missing if two instances recorded the same days", () => {
    expect(states(report([write], { lines: [...guardLines(28), ...guardLines(28), ...guardLines(20)] }))).toEqual([
      "unknown",
    ]);
  });
});

describe("a wrong clock", () => {
  it("that is a day ahead records a use for tomorrow, which counts as a use today", () => {
    const lines = [...guardLines(40), request("Stock.Write", daysAgo(-1))];
    const found = report([write], { lines });
    expect([states(found), found.usage.grants[0]?.last, found.usage.until, found.usage.later]).toEqual([
      ["used"],
      today,
      today,
      0,
    ]);
  });

  it("that is far ahead is reported, because its records are ignored", () => {
    const found = report([write], { lines: [...guardLines(40), request("Stock.Write", daysAgo(-30))] });
    const sentence = `1 record of days after ${today} was ignored: a clock or --date is wrong.`;
    expect([states(found), found.usage.later]).toEqual([["unused"], 1]);
    expect(usageText(found)).toContain(sentence);
    expect(usageMarkdown(found)).toContain(sentence);
  });

  it("that is behind records a use before the grant was made, which counts as a use", () => {
    const young = { ...write, since: daysAgo(2) };
    expect(states(report([young], { lines: [...guardLines(40), request("Stock.Write", daysAgo(3))] }))).toEqual([
      "used",
    ]);
  });
});

describe("a renamed role", () => {
  const renamed = request("Stock.Change");
  it("is not reported as unused while there are requests under its old name", () => {
    const found = report([write], { lines: [...guardLines(40), renamed] });
    expect([states(found), findings(found), usageExitCode(found)]).toEqual([
      ["requests were admitted by Stock.Change, a role that the API no longer has and that may have been this one"],
      [],
      2,
    ]);
    expect(others(found)).toEqual(["orders-dev stock-dev Stock.Change 5"]);
    expect(conclusion(found)).toContain("0 used, 1 not known for a different reason; 0 refused calls.");
  });

  it("is reported as unused if its grant was made after the last request under the old name", () => {
    const lines = [...guardLines(89), request("Stock.Change", daysAgo(60))];
    expect(states(report([{ ...write, since: daysAgo(40) }], { lines }))).toEqual(["unused"]);
    expect(states(report([{ ...write, since: daysAgo(70) }], { lines }))[0]).toMatch(/^requests were admitted by/);
  });

  it("is reported as unused if only another caller used the old name", () => {
    const lines = [...guardLines(40), request("Stock.Change", daysAgo(3), { caller: billing })];
    expect(states(report([write], { lines }))).toEqual(["unused"]);
  });
});

describe("after a replacement with the same name", () => {
  const lines = [...guardLines(89), request("Stock.Write", daysAgo(10), { caller: former })];
  it("a caller is too new to judge, and the requests of its predecessor are listed by client id", () => {
    const found = report([{ ...write, since: daysAgo(9) }], { lines });
    expect([states(found), findings(found), others(found)]).toEqual([
      ["young"],
      [],
      [`${former} stock-dev Stock.Write 5`],
    ]);
    expect(usageText(found)).toContain(
      `Recorded uses that belong to no grant of the stack:\n  ${former} → stock-dev Stock.Write: 5 requests, last on ${daysAgo(10)}`,
    );
  });

  it("a caller is judged once its grant is old enough, whatever its predecessor did", () => {
    expect(findings(report([{ ...write, since: daysAgo(29) }], { lines }))).toEqual([neverUsed]);
  });

  it("an API has no recorded days under its new client id", () => {
    const replaced = grant("Stock.Write", { api: { ...write.api, clientId: id(9) } });
    expect(states(report([replaced], { lines: guardLines(89) }))).toEqual(["unknown"]);
  });
});

describe("tokens for APIs that no grant names", () => {
  it("are listed without a finding: a deployment tries a new secret, and a service reads its vault", () => {
    const signIns = [...signInLog(40), signIn(firstParty.keyVault), signIn(firstParty.resourceManager)];
    const lines = [...guardLines(40), request("Stock.Write"), token("https://vault.azure.net")];
    const found = report([write], { lines, signIns });
    expect([findings(found), others(found), usageExitCode(found)]).toEqual([
      [],
      ["orders-dev Azure Key Vault  4", "orders-dev Azure Resource Manager  3"],
      0,
    ]);
  });

  it("do not hide that the caller never requests a token for an API that it has a grant for", () => {
    const found = report([toGraph], { signIns: [...signInLog(40), signIn(firstParty.keyVault)] });
    expect([states(found), others(found)]).toEqual([["unused"], ["orders-dev Azure Key Vault  3"]]);
  });

  it("are not findings if Entra refuses them, but are listed with the API's name", () => {
    const codes = [7_000_215, 501_051];
    const found = report([write], {
      lines: [...guardLines(40), request("Stock.Write")],
      signIns: codes.map((code) => signIn(firstParty.keyVault, code)),
    });
    expect(findings(found)).toEqual([]);
    expect(usageText(found)).toContain(
      [
        "  orders-dev → Azure Key Vault: AADSTS501051, 3 times",
        `, last on ${daysAgo(3)}\n  orders-dev → Azure Key Vault: AADSTS7000215, 3 times`,
      ].join(""),
    );
    const refused = report([write], { lines: guardLines(40), signIns: [signIn(billing, 501_051)] });
    expect(findings(refused)).toContain(
      'refused-call: orders-dev → billing-dev "no role" was refused a token: it holds no role',
    );
  });

  it("could be for any API if they are recorded under a name without a client id", () => {
    const lines = [...callerLines(40), token("api://shop/stock")];
    expect(states(report([write], { lines }))).toEqual([
      "the caller got tokens for APIs that its records do not name by a client id",
    ]);
    // Entra's log contains the client ids.
    expect(states(report([write], { lines, signIns: signInLog(40) }))).toEqual(["unused"]);
    expect(states(report([write], { lines: [...callerLines(40), token(`api://shop/${stock}`)] }))).toEqual(["token"]);
  });

  it("count as tokens for Microsoft Graph with and without a slash at the end", () => {
    for (const name of ["https://graph.microsoft.com", "https://graph.microsoft.com/"])
      expect(states(report([toGraph], { lines: [...callerLines(40), token(name)] }))).toEqual(["token"]);
  });

  it("are not listed if the caller is unknown too", () => {
    const strangers = { ...token(id(8)), caller: id(7) } as UsageLine;
    expect(
      others(
        report([write], { lines: [...guardLines(40), strangers, request("X", today, { caller: id(7), api: id(8) })] }),
      ),
    ).toEqual([]);
  });
});
