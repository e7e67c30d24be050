import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Caller } from "@microservice-identities/runtime/caller";

/** The cost of a caller with 1,000 APIs: microseconds to return a cached token, and MB for all tokens. */
export interface CallerCost {
  readonly microseconds: number;
  readonly megabytes: number;
}

const apis = 1000;

async function measure(): Promise<CallerCost> {
  const federatedTokenFile = path.join(mkdtempSync(path.join(tmpdir(), "caller-")), "token");
  writeFileSync(federatedTokenFile, "assertion");
  const names = Array.from({ length: apis }, (_, index) => `api-${index}`);
  // As long as a token of Entra.
  const token = () => `${Math.random()}`.padEnd(2000, "x");
  const answer = () => Response.json({ token_type: "Bearer", expires_in: 3600, access_token: token() });
  const caller = new Caller(
    {
      tenantId: "11111111-1111-4111-8111-111111111111",
      clientId: "22222222-2222-4222-8222-222222222222",
      identityClientId: "33333333-3333-4333-8333-333333333333",
      credential: { kind: "federated" },
      federatedTokenFile,
      scopes: Object.fromEntries(names.map((name) => [name, `api://${name}/.default`])),
    },
    { fetch: async () => answer() },
  );
  await caller.tokenFor("api-0");
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (const name of names) await caller.tokenFor(name);
  global.gc?.();
  const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  const rounds = 200;
  const begun = performance.now();
  for (let round = 0; round < rounds; round++) for (const name of names) await caller.tokenFor(name);
  return { microseconds: ((performance.now() - begun) * 1000) / (rounds * apis), megabytes };
}

process.once("message", () => {
  measure().then((cost) => process.send?.(cost, () => process.exit()));
});
