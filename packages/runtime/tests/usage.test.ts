import { UsageRecorder } from "../usage";
import { testTenant } from "./support/testTenant";

// What these tests cannot prove: that a service passes the recorder to all of its guards.

describe("the usage that a recorder writes", () => {
  let now = Date.parse("2026-11-25T12:00:00Z");
  const written: string[] = [];
  let isFull = false;
  const recorder = () =>
    new UsageRecorder({
      clock: () => now,
      write: (lines) => {
        if (isFull) throw new Error("no space is left");
        written.push(lines);
      },
    });
  const lines = () =>
    written
      .splice(0)
      .join("")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  beforeEach(() => {
    now = Date.parse("2026-11-25T12:00:00Z");
    written.length = 0;
    isFull = false;
  });

  it("counts per day, caller, role, outcome and access, and contains no part of a token", async () => {
    const usage = recorder();
    const { clientId: api, guard, token } = testTenant({ telemetry: usage });
    const given = await token(["Things.Read"], "11111111-0000-4000-8000-000000000001");
    const bearer = `Bearer ${given}`;
    for (const method of ["GET", "HEAD", "POST", undefined]) await guard.judge(bearer, "Things.Read", method);
    await guard.judge(bearer, "Things.Write", "POST");
    await guard.judge(undefined, "Things.Read", "GET");
    guard.refuseUndeclared();
    now += 86_400_000;
    await guard.judge(bearer, "Things.Read", "GET");
    await usage.close();
    for (const part of given.split(".")) expect(written.join("")).not.toContain(part);
    const caller = "11111111-0000-4000-8000-000000000001";
    const of = { kind: "request", day: "2026-11-25", api };
    expect(lines()).toEqual([
      { kind: "guard", day: "2026-11-25", api },
      { ...of, caller, role: "Things.Read", outcome: "admitted", access: "read", count: 2 },
      { ...of, caller, role: "Things.Read", outcome: "admitted", access: "write", count: 1 },
      { ...of, caller, role: "Things.Read", outcome: "admitted", count: 1 },
      { ...of, caller, role: "Things.Write", outcome: "role_missing", count: 1 },
      { ...of, role: "Things.Read", outcome: "token_missing", count: 1 },
      { ...of, outcome: "role_not_declared", count: 1 },
      { ...of, day: "2026-11-26", caller, role: "Things.Read", outcome: "admitted", access: "read", count: 1 },
      { kind: "guard", day: "2026-11-26", api },
    ]);
  });

  it("contains one line for each day on which a guard or a caller recorded, even without a request", async () => {
    const usage = recorder();
    usage.observe({ kind: "guardCreated", api: "stock" });
    usage.observe({ kind: "callerCreated", clientId: "orders" });
    await usage.flush();
    await usage.flush();
    now += 86_400_000;
    await usage.close();
    expect(lines()).toEqual([
      { kind: "guard", day: "2026-11-25", api: "stock" },
      { kind: "caller", day: "2026-11-25", caller: "orders" },
      { kind: "guard", day: "2026-11-26", api: "stock" },
      { kind: "caller", day: "2026-11-26", caller: "orders" },
    ]);
  });

  it("counts the token requests of a caller by the API in the scope", async () => {
    const usage = recorder();
    const event = { kind: "tokenRequested", api: "graph", seconds: 0.1, clientId: "orders" } as const;
    const scope = "https://graph.microsoft.com/.default";
    usage.observe({ ...event, scope, outcome: "issued" });
    usage.observe({ ...event, scope, outcome: "issued" });
    usage.observe({ ...event, scope, outcome: "AADSTS7000215" });
    await usage.close();
    const of = { kind: "token", day: "2026-11-25", caller: "orders", api: "https://graph.microsoft.com" };
    expect(lines()).toEqual([
      { ...of, outcome: "issued", count: 2 },
      { ...of, outcome: "AADSTS7000215", count: 1 },
    ]);
  });

  it("includes later the counts that could not be written before", async () => {
    const usage = recorder();
    usage.observe({ kind: "guardCreated", api: "stock" });
    const admitted = { kind: "admitted", api: "stock", role: "Stock.Read", clientId: "orders" } as const;
    usage.observe(admitted);
    isFull = true;
    await usage.flush();
    isFull = false;
    usage.observe(admitted);
    await usage.close();
    const day = "2026-11-25";
    expect(lines()).toEqual([
      { kind: "guard", day, api: "stock" },
      { kind: "request", day, api: "stock", caller: "orders", role: "Stock.Read", outcome: "admitted", count: 2 },
    ]);
  });

  it("cannot have a period of 0", () => {
    expect(() => new UsageRecorder({ write: () => {}, every: 0 })).toThrow("every is 0; allowed: a number from 1");
  });

  it("does not hide events and trace headers from another telemetry", () => {
    const seen: string[] = [];
    const also = { observe: ({ kind }: { kind: string }) => seen.push(kind), headers: () => ({ traceparent: "00" }) };
    const usage = new UsageRecorder({ write: () => {}, also });
    usage.observe({ kind: "tokenServed", api: "stock", from: "cache" });
    expect([seen, usage.headers()]).toEqual([["tokenServed"], { traceparent: "00" }]);
  });
});
