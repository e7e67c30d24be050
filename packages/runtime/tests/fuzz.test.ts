import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { FuzzCounts, FuzzedServers } from "./support/fuzzedServers";
import { Http2Frames } from "./support/http2Frames";

jest.setTimeout(300_000);

const requests = 10_000;
const atOnce = 25;

/** A generator that returns the same numbers for the same seed: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("a guarded service", () => {
  let servers: ChildProcess;
  let said: FuzzedServers;
  let output = "";
  beforeAll(async () => {
    servers = fork(path.join(__dirname, "support", "fuzzedServers.ts"), [], {
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [servers.stdout, servers.stderr]) stream?.on("data", (chunk) => (output += chunk));
    [said] = (await once(servers, "message")) as [FuzzedServers];
  });
  afterAll(() => servers.kill());

  const counts = async (): Promise<FuzzCounts> => {
    if (servers.exitCode !== null) throw new Error(`the process has ended with ${servers.exitCode}:\n${output}`);
    servers.send("counts");
    const [answer] = await once(servers, "message");
    return answer as FuzzCounts;
  };

  const authorization = (random: (below: number) => number): string => {
    const [good = "", lacking = ""] = said.tokens;
    const bytes = (length: number) => Array.from({ length }, () => String.fromCharCode(33 + random(94))).join("");
    const unknownKey = Buffer.from(JSON.stringify({ typ: "JWT", alg: "RS256", kid: bytes(4) })).toString("base64url");
    const kinds = [
      () => `Bearer ${good}`,
      () => `Bearer   ${good}`,
      () => `Bearer ${lacking}`,
      () => `Bearer ${unknownKey}.${good.split(".").slice(1).join(".")}`,
      () => `Bearer ${good.slice(0, random(good.length))}`,
      () => `Bearer ${bytes(random(300))}.${bytes(random(300))}.${bytes(random(300))}`,
      () => `Bearer ${"A".repeat(random(9000))}.e30.x`,
      () => bytes(random(60)),
      () => "",
    ];
    return kinds[random(kinds.length)]?.() ?? "";
  };

  /** Sends a request, and resolves after the connection is closed. Sometimes the body arrives late, in part or never, or the client disconnects. */
  const sendOverHttp1 = (port: number, random: (below: number) => number): Promise<void> =>
    new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      socket.once("close", () => resolve());
      socket.on("error", () => {});
      socket.resume();
      const body = '{"some":"thing"}';
      const declared = [body.length, body.length + 5, 0, 1_000_000][random(4)] ?? 0;
      const header = authorization(random);
      const path = ["/", "/things?x=1", "/%", `/${"a".repeat(random(200))}`][random(4)];
      const head = `${["GET", "POST", "PUT", "QUACK"][random(4)]} ${path} HTTP/1.1\r\nhost: localhost\r\n${
        header === "" ? "" : `authorization: ${header}\r\n`
      }${random(3) === 0 ? `content-type: application/json\r\ncontent-length: ${declared}\r\n` : ""}connection: close\r\n\r\n`;
      const cut = random(12) === 0 ? random(head.length) : head.length;
      socket.write(head.slice(0, cut));
      const leave = () => (random(2) === 0 ? socket.destroy() : socket.end());
      void delay(random(12)).then(() => {
        if (random(2) === 0) socket.write(body.slice(0, random(body.length + 1)));
        if (cut < head.length || random(3) > 0) leave();
        else void delay(random(20)).then(leave);
      });
    });

  /** Sends several streams on one connection. Some streams are reset, and some connections are closed in the middle. */
  const sendOverHttp2 = async (port: number, random: (below: number) => number, streams: number): Promise<void> => {
    const client = new Http2Frames(port);
    const leaves = random(10) === 0;
    const ended = Array.from({ length: streams }, async () => {
      const header = authorization(random);
      const post = random(2) === 0;
      const { id, closed } = client.request(
        {
          ":method": post ? "POST" : "GET",
          ":path": "/",
          ":scheme": "http",
          ":authority": "localhost",
          ...(header === "" ? {} : { authorization: header }),
        },
        !post,
      );
      await delay(random(12));
      if (random(4) === 0) client.cancel(id);
      else if (post) client.data(id, '{"some":', random(4) > 0);
      // Some bodies never end. The answer does not wait for them.
      await closed;
    });
    if (leaves) await delay(random(12));
    else await Promise.all(ended);
    client.close();
    await Promise.all(ended);
  };

  it("survives 10,000 fuzzed requests over HTTP/1.1 and HTTP/2, closes each, and handles none without the role", async () => {
    let sent = 0;
    const { express1, fastify1, node2, fastify2 } = said.ports;
    const worker = async (seed: number): Promise<void> => {
      const random = numbers(seed);
      while (sent < requests) {
        const streams = 1 + random(6);
        const over = random(4);
        sent += over < 2 ? 1 : streams;
        if (over < 2) await sendOverHttp1(over === 0 ? express1 : fastify1, random);
        else await sendOverHttp2(over === 2 ? node2 : fastify2, random, streams);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, (_, index) => worker(index + 1)));
    let last = await counts();
    // Waits until the server has closed the last connection. The time limit of the test also limits this wait.
    while (last.open > 0) {
      await delay(50);
      last = await counts();
    }
    expect({ open: last.open, wronglyHandled: last.wronglyHandled, exit: servers.exitCode }).toEqual({
      open: 0,
      wronglyHandled: 0,
      exit: null,
    });
    // Input that the parser refuses, or that ends before the headers, does not become a request.
    expect(last.received).toBeGreaterThan(requests * 0.8);
    expect(output.split(" failed: ").length - 1).toBe(1);
  });
});
