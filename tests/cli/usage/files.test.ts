import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { usageJsonSchema } from "@microservice-identities/review/usage/savedUsage";
import { readUsageLines, usageLineJsonSchema } from "@microservice-identities/review/usage/usageLine";
import { UsageRecorder } from "@microservice-identities/runtime/usage";
import { projectFolder } from "@microservice-identities/test-support/processes";
import Ajv2020 from "ajv/dist/2020";
import { readUsageReports } from "../../../cli/review/files";
import { readSignIns, signInQuery } from "../../../cli/usage/signIns";

// What these tests cannot prove: that Log Analytics accepts the query.

const [api, caller] = ["6f1b0000-0000-4000-8000-000000000001", "0c7a0000-0000-4000-8000-000000000002"];
const request = { kind: "request", day: "2026-11-25", api, caller, role: "Stock.Read", outcome: "admitted", count: 2 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "usage-files-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
const fileWith = (text: string): string => {
  const file = path.join(folder, "given");
  writeFileSync(file, text);
  return file;
};
const schemaNamed = (name: string) => JSON.parse(readFileSync(path.join(projectFolder, "docs", name), "utf8"));

describe("a usage file", () => {
  it("from the recorder can be read, and is valid according to the published schema", async () => {
    const written: string[] = [];
    const usage = new UsageRecorder({
      clock: () => Date.parse("2026-11-25T12:00:00Z"),
      write: (lines) => written.push(lines),
    });
    usage.observe({ kind: "guardCreated", api });
    usage.observe({ kind: "callerCreated", clientId: caller });
    usage.observe({ kind: "admitted", api, role: "Stock.Read", clientId: caller, access: "read" });
    usage.observe({ kind: "refused", api, role: "", code: "role_not_declared", reason: "" });
    const scope = "https://graph.microsoft.com/.default";
    usage.observe({ kind: "tokenRequested", api: "graph", clientId: caller, scope, outcome: "issued", seconds: 1 });
    await usage.close();
    const lines = readUsageLines(fileWith(written.join("")));
    expect(lines.map(({ kind }) => kind)).toEqual(["guard", "caller", "request", "request", "token"]);
    const published = schemaNamed("usage-line.schema.json");
    expect(published).toEqual(usageLineJsonSchema());
    const isValid = new Ajv2020({ formats: { uuid: true } }).compile(published);
    expect(lines.map((line) => isValid(line))).toEqual(lines.map(() => true));
    expect(isValid({ ...request, person: "somebody" })).toBe(false);
  });

  it("with wrong lines is refused with the place, the value and what is allowed for each of them", () => {
    const wrong = [
      request,
      { ...request, day: "2026-02-30" },
      { ...request, api: "stock" },
      { ...request, count: 0 },
      { ...request, ip: "192.0.2.1" },
      { ...request, kind: "requests" },
    ];
    const file = fileWith(`${wrong.map((line) => JSON.stringify(line)).join("\n")}\n\n{"kind":\n`);
    expect(() => readUsageLines(file)).toThrow(
      [
        `${file} has 6 problems:`,
        '  line 2: day is "2026-02-30"; allowed: a date that exists, written like 2027-03-31',
        '  line 3: api is "stock"; allowed: a GUID',
        "  line 4: count is 0; allowed: at least 1",
        "  line 5: ip is unknown; allowed here: kind, day, api, caller, role, outcome, access, count",
        '  line 6: kind is "requests". Did you mean "request"? Allowed: "guard", "caller", "request" or "token"',
        '  line 8: the line is "{\\"kind\\":"; allowed: an object in JSON',
      ].join("\n"),
    );
  });

  it("with more than twenty wrong lines is refused with the first twenty", () => {
    const file = fileWith("nothing\n".repeat(25));
    expect(() => readUsageLines(file)).toThrow(/has 21 problems:\n(.*\n){20} {2}and 5 more$/);
  });
});

describe("the answer of Log Analytics", () => {
  const row = { Day: "2026-11-25", Caller: caller, Api: api, Result: "0", Count: "3", TableName: "PrimaryResult" };

  it("can contain numbers as text, as the CLI writes them, and rows for the days that the log covers", () => {
    const file = fileWith(JSON.stringify([row, { ...row, Caller: "", Api: "", Result: 0, Count: 7 }]));
    expect(readSignIns(file)).toEqual([
      { day: "2026-11-25", caller, api, code: 0, count: 3 },
      { day: "2026-11-25", caller: "", api: "", code: 0, count: 7 },
    ]);
  });

  it("is refused with all its wrong rows, or if it is not a list in JSON", () => {
    const file = fileWith(
      JSON.stringify([
        { ...row, Result: "Success" },
        { ...row, Day: "25.11.2026" },
      ]),
    );
    expect(() => readSignIns(file)).toThrow(
      [
        `${file} has 2 problems:`,
        '  [0].Result is "Success"; allowed: a whole number',
        '  [1].Day is "25.11.2026"; allowed: a date that exists, written like 2027-03-31',
      ].join("\n"),
    );
    const allowed = "allowed: the JSON list that `az monitor log-analytics query --output json` writes";
    expect(() => readSignIns(fileWith("{}"))).toThrow(`the content is not a list; ${allowed}`);
    expect(() => readSignIns(fileWith("Day\tCaller"))).toThrow(`the content is not JSON; ${allowed}`);
  });

  it("belongs to a query for the stack's services from the first day of the period", () => {
    const query = signInQuery([api, caller], "2026-08-28");
    expect(query.split("\n").slice(0, 2)).toEqual([
      "let from = datetime(2026-08-28);",
      `let callers = dynamic(["${api}", "${caller}"]);`,
    ]);
    expect(query).toContain("AADServicePrincipalSignInLogs");
  });
});

describe("a usage report", () => {
  it("has a published schema, and is refused with the place of each mistake", async () => {
    expect(schemaNamed("usage.schema.json")).toEqual(usageJsonSchema());
    const report = { stack: "dev", today: "2026-11-25", from: "2026-08-28", until: "2026-11-24", leastDays: 30 };
    const whole = { ...report, grants: [], refused: [] };
    // A report of an earlier version does not have the keys others and later.
    expect(await readUsageReports([fileWith(JSON.stringify(whole))])).toEqual([{ ...whole, others: [], later: 0 }]);
    const file = fileWith(JSON.stringify({ ...whole, grants: [{ caller: "orders-dev" }], until: "yesterday" }));
    await expect(readUsageReports([file])).rejects.toThrow(
      'until is "yesterday"; allowed: a date that exists, written like 2027-03-31',
    );
    await expect(readUsageReports([file])).rejects.toThrow("grants[0].api is missing; allowed: text");
  });
});
