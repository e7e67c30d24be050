import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

jest.setTimeout(120_000);

const folder = path.join(__dirname, "nestjs");
const project = path.join(folder, "tsconfig.json");

describe("the example for NestJS", () => {
  it("compiles with the decorators that Nest needs", () => {
    execFileSync(process.execPath, [require.resolve("typescript/bin/tsc"), "--noEmit", "--project", project]);
  });

  it("guards a whole app: each route by its role, and those without one answer 403", async () => {
    const server = fork(path.join(folder, "serve.ts"), [], {
      execArgv: ["--import", "tsx"],
      env: { ...process.env, TSX_TSCONFIG_PATH: project },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    try {
      const [said] = (await once(server, "message")) as [{ origin: string; reads: string; writes: string }];
      const ask = async (at: string, token?: string, method = "GET") => {
        const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
        const response = await fetch(`${said.origin}${at}`, { method, headers });
        return [response.status, await response.text()];
      };
      expect([
        await ask("/health"),
        await ask("/stock", said.reads),
        await ask("/stock", said.writes),
        await ask("/stock"),
        await ask("/reservations", said.writes, "POST"),
        await ask("/forgotten", said.reads),
      ]).toEqual([
        [200, "well"],
        [200, '{"mugs":7}'],
        [403, '{"error":"insufficient_scope"}'],
        [401, '{"error":"unauthorized"}'],
        [201, '{"by":"orders"}'],
        [403, '{"error":"forbidden"}'],
      ]);
    } finally {
      server.kill();
    }
  });
});
