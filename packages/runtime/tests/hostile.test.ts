import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { Caller, type CallerOptions, type TokenError } from "../caller";
import type { NodeRequest, NodeResponse } from "../express";
import { requireAppRole } from "../express";
import { testTenant } from "./support/testTenant";

// Tests with faulty hooks, handlers, clocks, answers of Entra and APIs. attacks.test.ts and fuzz.test.ts test hostile clients.

/** An error whose properties throw when they are read. */
class Unreadable extends Error {
  override get name(): string {
    throw new Error("the name throws");
  }
  override get stack(): string {
    throw new Error("the stack throws");
  }
}

describe("a guard", () => {
  it("checks tokens even if its telemetry throws a value that cannot be inspected", async () => {
    const observe = () => {
      throw new Unreadable();
    };
    const { guard } = testTenant({ telemetry: { observe } });
    expect((await guard.judge("Bearer a.b.c", "Things.Write")).code).toBe("token_malformed");
  });

  it("admits no request if its clock returns no time", async () => {
    const { guard, token } = testTenant({ clock: () => Number.NaN });
    expect((await guard.judge(`Bearer ${await token(["Things.Write"])}`, "Things.Write")).code).toBe(
      "keys_unavailable",
    );
  });

  it("treats a header that is null, like the result of `Headers.get`, as a missing token", async () => {
    expect((await testTenant().guard.judge(null, "Things.Write")).code).toBe("token_missing");
  });

  it("does not write an invalid app role into its challenge", async () => {
    const { guard, token } = testTenant();
    const judgement = await guard.judge(`Bearer ${await token([])}`, 'x"\r\nset-cookie: a=b');
    expect([judgement.refusal?.status, JSON.stringify(judgement.refusal?.headers)]).toEqual([
      403,
      expect.not.stringContaining("cookie"),
    ]);
  });
});

describe("requireAppRole over node:http", () => {
  const tenant = testTenant();
  const middleware = requireAppRole(tenant.guard, "Things.Write");
  const warnings: unknown[] = [];
  beforeAll(() => {
    jest.spyOn(process, "emitWarning").mockImplementation((warning) => void warnings.push(warning));
  });
  afterAll(() => jest.restoreAllMocks());

  /** The status of the answer, or `closed` if the connection was closed. */
  const answered = async (token: string, before: (response: NodeResponse) => void, next: () => void) => {
    const server = http.createServer((request: NodeRequest, response) => {
      before(response);
      middleware(request, response, next);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${token}` };
    const status = await fetch(`http://127.0.0.1:${port}`, { headers }).then(
      (response) => response.status,
      () => "closed",
    );
    server.close();
    server.closeAllConnections();
    return status;
  };
  const broken = () => {
    throw new Error("a listener is broken");
  };
  const nothing = () => {};

  it("answers or closes the connection if writing the refusal throws, and emits a warning", async () => {
    const statuses = [
      await answered("a.b.c", (response) => Object.assign(response, { setHeader: broken }), nothing),
      await answered("a.b.c", (response) => Object.assign(response, { end: broken }), nothing),
      await answered("a.b.c", (response) => Object.assign(response, { writeHead: broken }), nothing),
    ];
    expect(statuses).toEqual([500, "closed", "closed"]);
    expect(warnings.splice(0)).toEqual(Array(3).fill(expect.stringContaining("a listener is broken")));
  });

  it("answers if the next handler throws or rejects, even with an error that cannot be inspected", async () => {
    const good = await tenant.token(["Things.Write"]);
    const throwing = () => {
      throw new Unreadable();
    };
    expect([
      await answered(good, nothing, throwing),
      await answered(good, nothing, () => Promise.reject(new Error("the handler is broken"))),
    ]).toEqual([500, 500]);
    expect(warnings.splice(0)).toEqual([
      "an error that cannot be shown",
      expect.stringContaining("the handler is broken"),
    ]);
  });
});

describe("a caller", () => {
  const secret = "SECRET-ACCESS-TOKEN";
  const id = "11111111-2222-4333-8444-555555555555";
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "hostile-"));
    await writeFile(path.join(folder, "token"), "SECRET-ASSERTION");
  });
  afterAll(() => rm(folder, { recursive: true }));

  const issued = (change: object = {}) =>
    Response.json({ token_type: "Bearer", expires_in: 3600, access_token: secret, ...change });
  const callerOf = (entra: () => Response | Promise<Response>, api: () => Response, options: CallerOptions = {}) =>
    new Caller(
      {
        tenantId: id,
        clientId: id,
        identityClientId: id,
        credential: { kind: "federated" },
        scopes: { stock: "api://stock/.default" },
        federatedTokenFile: path.join(folder, "token"),
      },
      {
        attempts: 1,
        fetch: (async (input: string) => (input.includes("/oauth2/") ? entra() : api())) as typeof fetch,
        ...options,
      },
    );
  const ok = () => new Response("ok");

  it.each<[string, () => Response]>([
    ["a token with a line break", () => issued({ access_token: `${secret}\n` })],
    ["a token that is an object", () => issued({ access_token: { [secret]: 1 } })],
    ["an expired token", () => issued({ expires_in: 0 })],
    ["an expiry that is not a number", () => issued({ expires_in: "soon" })],
    [
      "an error that repeats the request",
      () => Response.json({ error: `${secret} SECRET-ASSERTION` }, { status: 400 }),
    ],
  ])("refuses %s from Entra, and shows no part of it", async (_, entra) => {
    const caller = callerOf(entra, ok);
    const error = await caller.tokenFor("stock").then(
      () => undefined,
      (thrown: TokenError) => thrown,
    );
    expect(error?.code).toBe("ERR_TOKEN_UNUSABLE");
    expect(inspect({ error, caller }, { depth: 20, showHidden: true, getters: true })).not.toContain("SECRET");
  });

  it("waits at most an hour for a Retry-After", async () => {
    let now = Date.now();
    const answers = [new Response("{}", { status: 429, headers: { "retry-after": "999999999" } }), issued()];
    const caller = callerOf(() => answers.shift() ?? issued(), ok, { clock: () => now });
    await expect(caller.tokenFor("stock")).rejects.toMatchObject({ isTransient: true, retryAfterMs: 3_600_000 });
    now += 3_599_000;
    await expect(caller.tokenFor("stock")).rejects.toMatchObject({ isTransient: true });
    now += 1_000;
    expect(await caller.tokenFor("stock")).toBe(secret);
  });

  it.each<[string, () => unknown]>([
    ["ends", () => new Promise(() => {})],
    ["can be cancelled", () => Promise.reject(new Error("not now"))],
  ])("does not wait for the body of a 401 that never %s", async (_, cancel) => {
    const answers = [new Response(new ReadableStream({ cancel: () => cancel() as Promise<void> }), { status: 401 })];
    const caller = callerOf(issued, () => answers.shift() ?? ok());
    expect(await (await caller.fetch("stock", "https://stock/")).text()).toBe("ok");
  });

  it("stops waiting for another token if the request is aborted when the API answers 401", async () => {
    const controller = new AbortController();
    const answers = [issued()];
    const caller = callerOf(
      () => answers.shift() ?? new Promise<Response>(() => {}),
      () => {
        controller.abort(new Error("the caller has gone"));
        return new Response("", { status: 401 });
      },
      { timeout: 0.1 },
    );
    const waiting = caller.fetch("stock", "https://stock/", { signal: controller.signal });
    await expect(waiting).rejects.toThrow("the caller has gone");
  });

  it("does not show the query of a refused address", async () => {
    const refused = callerOf(issued, ok).fetch("stock", "http://stock/things?signature=SECRET");
    await expect(refused).rejects.toThrow(
      new TypeError("http://stock/things: allowed for a request with a token: an https address"),
    );
  });

  it.each<[CallerOptions, string]>([
    [{ timeout: Number.NaN }, "timeout is NaN; allowed: a number from 0.001 to 31536000"],
    [{ attempts: 0 }, "attempts is 0; allowed: a number from 1 to 31536000"],
    [{ propagation: -1 }, "propagation is -1; allowed: a number from 0 to 31536000"],
  ])("refuses numbers outside their limits: %p", (options, message) => {
    expect(() => callerOf(issued, ok, options)).toThrow(message);
  });
});
