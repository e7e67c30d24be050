import type { GrantState, GrantUse } from "@microservice-identities/review/usage/savedUsage";
import type { UsageLine } from "@microservice-identities/review/usage/usageLine";
import { isoDay, oneDay } from "@microservice-identities/validation/days";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import { Evidence } from "../../../cli/usage/evidence";
import type { DeclaredGrant, DeclaredUse } from "../../../cli/usage/grants";
import { judge } from "../../../cli/usage/judge";
import { conclusion, usageExitCode, usageReport } from "../../../cli/usage/report";
import { usageText } from "../../../cli/usage/text";

const today = "2026-11-25";
const daysAgo = (count: number): string => isoDay(Date.parse(today) - count * oneDay);
const [orders, stock] = ["0c7a0000-0000-4000-8000-000000000002", "6f1b0000-0000-4000-8000-000000000001"];

const grantOf = (role: string, change: Partial<DeclaredGrant> = {}): DeclaredGrant => ({
  caller: { name: "orders-dev", clientId: orders, isService: true },
  api: { name: "stock-dev", clientId: stock, isOwn: true, roles: ["Stock.Read", "Stock.Write"] },
  role,
  inLandscape: { caller: "orders", api: "stock" },
  ...change,
});
const toGraph = grantOf("User.Read.All", {
  api: { name: "Microsoft Graph", clientId: microsoftGraph, isOwn: false, roles: [] },
  inLandscape: { caller: "orders", api: "graph" },
});
const declared = (...grants: DeclaredGrant[]): DeclaredUse => ({
  grants,
  services: [
    { name: "orders-dev", clientId: orders, inLandscape: "orders" },
    { name: "stock-dev", clientId: stock, inLandscape: "stock" },
  ],
});

/** One line for each of the last `count` days. */
const daily = (count: number, line: (day: string) => UsageLine): UsageLine[] =>
  Array.from({ length: count }, (_, index) => line(daysAgo(index)));
const guardLines = (count: number) => daily(count, (day) => ({ kind: "guard", day, api: stock.toUpperCase() }));
const callerLines = (count: number) => daily(count, (day) => ({ kind: "caller", day, caller: orders }));
const admitted = (access?: "read" | "write", role = "Stock.Write"): UsageLine => ({
  kind: "request",
  day: daysAgo(3),
  api: stock,
  caller: orders,
  role,
  outcome: "admitted",
  count: 5,
  ...(access ? { access } : {}),
});
const token = (api: string, outcome = "issued"): UsageLine => ({
  kind: "token",
  day: daysAgo(2),
  caller: orders,
  api,
  outcome,
  count: 4,
});

const judged = (grant: DeclaredGrant, lines: readonly UsageLine[]): GrantUse => {
  const evidence = new Evidence(daysAgo(89), today);
  for (const line of lines) evidence.add(line);
  const [use] = judge(declared(grant), evidence, { stack: "dev", today, leastDays: 30 }).grants;
  if (!use) throw new Error("the grant is missing");
  return use;
};

describe("a grant", () => {
  const write = grantOf("Stock.Write");
  const toIdentity = grantOf("Stock.Write", { caller: { name: "id-orders", clientId: orders, isService: false } });
  const toStranger = grantOf("Stock.Write", { caller: { name: "a group", clientId: "", isService: false } });
  it.each<[string, DeclaredGrant, UsageLine[], GrantState, number]>([
    ["that the guard admitted a request with", write, [...guardLines(1), admitted("write")], "used", 2],
    [
      "to write that was used only to read, with 30 recorded days",
      write,
      [...guardLines(30), admitted("read")],
      "reads",
      30,
    ],
    [
      "to write that was used only to read, with 29 recorded days",
      write,
      [...guardLines(29), admitted("read")],
      "used",
      29,
    ],
    [
      "to write with a request that may have been a write",
      write,
      [...guardLines(30), admitted("read"), admitted()],
      "used",
      30,
    ],
    [
      "to read that was used to read",
      grantOf("Stock.Read"),
      [...guardLines(30), admitted("read", "Stock.Read")],
      "used",
      30,
    ],
    ["that the guard never saw in 30 days", write, [...guardLines(30), token(`api://${stock}`)], "unused", 30],
    ["that the guard never saw in 29 days", write, [...guardLines(29), token(`api://${stock}`)], "unknown", 29],
    ["of a caller that got no token in 30 days", write, callerLines(30), "unused", 30],
    ["of a caller that got no token in 29 days", write, callerLines(29), "unknown", 29],
    [
      "of a caller that got tokens, without records of the guard",
      write,
      [...callerLines(30), token(`api://${stock}`)],
      "token",
      30,
    ],
    [
      "for Microsoft Graph with tokens",
      toGraph,
      [...callerLines(30), token("https://graph.microsoft.com")],
      "token",
      30,
    ],
    ["for Microsoft Graph without a token", toGraph, callerLines(30), "unused", 30],
    ["that was made 29 days ago", { ...write, since: daysAgo(28) }, guardLines(90), "young", 29],
    ["that was made 30 days ago", { ...write, since: daysAgo(29) }, guardLines(90), "unused", 30],
    ["without any records", write, [], "unknown", 0],
    ["of a managed identity, with records of callers only", toIdentity, callerLines(30), "unknown", 0],
    ["of a managed identity that the guard never saw", toIdentity, guardLines(30), "unused", 30],
    ["of a caller without a client id", toStranger, [...guardLines(30), ...callerLines(30)], "unknown", 0],
  ])("%s is judged by its records", (_what, grant, lines, state, days) => {
    const use = judged(grant, lines);
    expect([use.state, use.days]).toEqual([state, days]);
  });

  it("is judged without records from before the period or from after tomorrow", () => {
    const later = { ...admitted("write"), day: isoDay(Date.parse(today) + 2 * oneDay) };
    const earlier = { ...admitted("write"), day: daysAgo(90) };
    expect(judged(write, [...guardLines(30), later, earlier]).state).toBe("unused");
  });
});

describe("the log of sign-ins", () => {
  it("is evidence for the days that it covers, and does not count a recorded token again", () => {
    const evidence = new Evidence(daysAgo(29), today);
    const signIn = { day: daysAgo(2), caller: orders, api: stock, code: 0, count: 3 };
    for (let ago = 0; ago < 30; ago++)
      evidence.addSignIn({ day: daysAgo(ago), caller: "", api: "", code: 0, count: 100 });
    evidence.addSignIn(signIn);
    evidence.add(token(`api://${stock}`));
    const { grants, refused } = judge(declared(grantOf("Stock.Write"), toGraph), evidence, {
      stack: "dev",
      today,
      leastDays: 30,
    });
    expect(grants.map(({ state, tokens, days }) => [state, tokens, days])).toEqual([
      ["token", 4, 30],
      ["unused", 0, 30],
    ]);
    expect(refused).toEqual([]);
  });
});

describe("refusals", () => {
  it("are findings if a known caller lacks a grant, and otherwise are only listed", () => {
    const evidence = new Evidence(daysAgo(29), today);
    const refused = { kind: "request", day: today, api: stock, count: 7 } as const;
    evidence.add({ ...refused, caller: orders, role: "Stock.Delete", outcome: "role_missing" });
    evidence.add({ ...refused, role: "Stock.Read", outcome: "token_expired" });
    evidence.addSignIn({ day: today, caller: orders, api: stock, code: 7_000_215, count: 2 });
    // A refusal between two applications that are not in the stack.
    evidence.addSignIn({ day: today, caller: microsoftGraph, api: microsoftGraph, code: 501_051, count: 2 });
    const use = declared(grantOf("Stock.Read"));
    const usage = judge(use, evidence, { stack: "dev", today, leastDays: 30 });
    const report = usageReport(usage, use, []);
    expect(report.findings.map(({ rule, subject, remedy }) => [rule, subject, remedy])).toEqual([
      [
        "refused-call",
        "orders-dev → stock-dev Stock.Delete",
        "Find out why it asks. If it needs the role, declare the call with its reason. Evidence: 7 times, last on 2026-11-25.",
      ],
    ]);
    expect(usageText(report).split("\n").slice(-10)).toEqual([
      "          Edit: add the role Stock.Delete to the call of orders to stock",
      "",
      "Not decided:",
      "  orders-dev → stock-dev Stock.Read: too little is recorded (1 day recorded, 0 tokens)",
      "",
      "Also refused, but not because of a missing grant:",
      "  an unknown caller → stock-dev: token_expired, 7 times, last on 2026-11-25",
      "  orders-dev → stock-dev: AADSTS7000215, 2 times, last on 2026-11-25",
      "",
      "Of the 1 grant of dev (from 2026-10-27, recorded until 2026-11-25): 0 never used, 0 used only to read, 0 used, 1 not known: fewer than 30 days were recorded; 1 refused call.",
    ]);
  });
});

describe("the exit code and conclusion of a usage report", () => {
  it("show whether every grant was used, one was not, or too little was recorded", () => {
    const codeOf = (...lines: UsageLine[]) => {
      const evidence = new Evidence(daysAgo(89), today);
      for (const line of lines) evidence.add(line);
      const use = declared(grantOf("Stock.Write"));
      const report = usageReport(judge(use, evidence, { stack: "dev", today, leastDays: 30 }), use, []);
      return [usageExitCode(report), conclusion(report)];
    };
    expect(codeOf(...guardLines(30), admitted("write"))).toEqual([
      0,
      "Of the 1 grant of dev (from 2026-08-28, recorded until 2026-11-25): 0 never used, 0 used only to read, 1 used; 0 refused calls.",
    ]);
    expect(codeOf(...guardLines(30))[0]).toBe(1);
    expect(codeOf()).toEqual([
      2,
      "Of the 1 grant of dev (nothing has been recorded since 2026-08-28): 0 never used, 0 used only to read, 0 used, 1 not known: fewer than 30 days were recorded; 0 refused calls.",
    ]);
  });

  it("say that no day was recorded if one recorded day would be enough", () => {
    const use = declared(grantOf("Stock.Write"));
    const saved = judge(use, new Evidence(daysAgo(89), today), { stack: "dev", today, leastDays: 1 });
    expect(conclusion(usageReport(saved, use, []))).toBe(
      "Of the 1 grant of dev (nothing has been recorded since 2026-08-28): 0 never used, 0 used only to read, 0 used, 1 not known: no day was recorded; 0 refused calls.",
    );
  });
});
