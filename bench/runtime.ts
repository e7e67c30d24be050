import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { startTestAzure } from "@microservice-identities/test-support/azure";
import type { CallerCost } from "./callerCost";
import { guardedRequest } from "./guardedRequest";
import type { GuardedBy } from "./guardServer";
import { limitRow, type Row, ratioRow, spreadOf } from "./measure";
import type { RequestLoad, RequestTimes } from "./requestLoad";

const benchmark = "runtime";
/** Installed only for the measurement. No service needs them. */
const peers = ["express-oauth2-jwt-bearer@1.10.0", "passport@0.7.0", "passport-azure-ad@4.3.5"];
const kinds = ["nothing", "ours", "ours, each request", "express-oauth2-jwt-bearer", "passport-azure-ad"] as const;
type Kind = (typeof kinds)[number];

/** The cost of a guard for a request in express, compared with its peers; and the cost of a caller's tokens. */
export async function runtime(runs: number): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "peers-"));
  const azure = await startTestAzure();
  try {
    await promisify(execFile)("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", ...peers]);
    const caCertificates = path.join(folder, "ca.pem");
    await writeFile(caCertificates, azure.azure.caCertificate);
    const { authorization, ...guard } = await guardedRequest(azure);
    const times = Object.fromEntries(kinds.map((kind) => [kind, [] as RequestTimes[]])) as Record<Kind, RequestTimes[]>;
    for (let run = 0; run < runs; run++)
      for (const by of kinds)
        times[by].push(await timesOf({ by, ...guard, peers: folder }, authorization, caCertificates));
    const costs: CallerCost[] = [];
    for (let run = 0; run < runs; run++)
      costs.push(await answerOf<CallerCost>("callerCost", "measure", ["--expose-gc"]));
    return [...guardRows(times), ...callerRows(costs)];
  } finally {
    await azure.close();
    await rm(folder, { recursive: true });
  }
}

function guardRows(times: Readonly<Record<Kind, readonly RequestTimes[]>>): Row[] {
  const of = (kind: Kind, what: keyof RequestTimes) => times[kind].map((each) => each[what]);
  const against = (kind: Kind, other: Kind, atLeast?: number): Row =>
    ratioRow({
      benchmark,
      what: `requests with ${nameOf(kind)}, compared with those with ${nameOf(other)}`,
      unit: "1/s",
      ours: of(kind, "perSecond"),
      other: of(other, "perSecond"),
      atLeast,
      bound:
        "both verify the signature with the same jose on Node's threads, so other work on these threads decides the time",
    });
  const latency = (what: "p50" | "p99", other: Kind): Row =>
    ratioRow({
      benchmark,
      what: `${what} of a request with the guard, compared with one with ${nameOf(other)}`,
      unit: "ms",
      ours: of("ours", what),
      other: of(other, what),
    });
  return [
    against("ours", "nothing"),
    against("ours", "express-oauth2-jwt-bearer", 1),
    against("ours", "passport-azure-ad", 1),
    against("ours, each request", "express-oauth2-jwt-bearer", 1),
    against("ours, each request", "passport-azure-ad", 1),
    ...(["nothing", "express-oauth2-jwt-bearer", "passport-azure-ad"] as const).flatMap((other) => [
      latency("p50", other),
      latency("p99", other),
    ]),
  ];
}

const nameOf = (kind: Kind): string =>
  ({ nothing: "no check", ours: "the guard", "ours, each request": "the guard, each token verified anew" })[
    kind as string
  ] ?? kind;

const callerRows = (costs: readonly CallerCost[]): Row[] => [
  {
    benchmark,
    what: "a token that a caller has, of 1,000 APIs",
    unit: "ms",
    ours: spreadOf(costs.map(({ microseconds }) => microseconds / 1000)),
  },
  limitRow({
    benchmark,
    what: "memory of the tokens of 1,000 APIs, 2 kB each",
    unit: "MB",
    ours: costs.map(({ megabytes }) => megabytes),
    atMost: 5,
  }),
];

async function timesOf(guarded: GuardedBy, authorization: string, caCertificates: string): Promise<RequestTimes> {
  const server = fork(path.join(__dirname, "guardServer.ts"), [], {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, NODE_ENV: "production", NODE_EXTRA_CA_CERTS: caCertificates },
  });
  server.send(guarded);
  try {
    const [port] = (await once(server, "message")) as [number];
    return await answerOf<RequestTimes>("requestLoad", { port, authorization } satisfies RequestLoad);
  } finally {
    server.kill();
  }
}

/** @throws Error when the program ends without an answer */
async function answerOf<T>(program: string, task: string | object, flags: readonly string[] = []): Promise<T> {
  const child = fork(path.join(__dirname, `${program}.ts`), [], { execArgv: [...flags, "--import", "tsx"] });
  child.send(task);
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${program} ended with ${code}`);
  });
  ended.catch(() => {});
  const [answer] = (await Promise.race([once(child, "message"), ended])) as [T];
  return answer;
}
