import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { type Directory, provableStack } from "@microservice-identities/proof/directory";
import { shopProject } from "@microservice-identities/test-support/project";
import type { TrafficOrder, TrafficResult } from "./trafficProcess";

const perSecond = 200;
/** Short, so that minutes hold what would take hours. */
const tokenLifetimeSeconds = 20;
const rotations = ["2027-02-20", "2027-05-20", "2027-08-20"];
const pauseMs = 12_000;
/** Longer than a guard waits before it looks at the signing keys again. */
const beforeKeysMs = 31_000;

/** Callers at full rate while client secrets and the signing key rotate under them. Exits with 1 for a single failure. */
async function soak(): Promise<number> {
  const projectFolder = await shopProject();
  const folder = await mkdtemp(path.join(tmpdir(), "traffic-"));
  const azure = await startLocalAzure();
  try {
    await writeFile(path.join(folder, "ca.pem"), azure.caCertificate);
    const stack = new BuiltInStack({ azure, projectFolder, stack: "dev" });
    const deploy = async (date: string): Promise<Directory> => {
      const config = { authority: azure.authority, date };
      return provableStack.parse((await stack.up({ config })).outputs).directory;
    };
    const directory = await deploy("2026-11-25");
    const { fulfillment, inventory } = directory as { fulfillment: Directory[string]; inventory: Directory[string] };
    if (fulfillment.credential.kind !== "secret") throw new Error("fulfillment has no client secret");
    const common = { tenantId: azure.tenantId, authority: azure.authority };
    const order: TrafficOrder = {
      perSecond,
      certificate: await azure.serverCertificate(),
      api: { ...common, clientId: inventory.clientId },
      caller: {
        ...common,
        clientId: fulfillment.clientId,
        identityClientId: fulfillment.identityClientId,
        credential: { ...fulfillment.credential, vaultUri: fulfillment.vaultUri ?? "" },
        scopes: { inventory: inventory.scope },
      },
    };
    azure.faults.set({ tokenLifetimeSeconds });
    const traffic = fork(path.join(__dirname, "trafficProcess.ts"), [], {
      execArgv: ["--import", "tsx"],
      env: { PATH: process.env.PATH, ...azure.workloadHost(), NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem") },
    });
    const result = once(traffic, "message") as Promise<[TrafficResult]>;
    traffic.send(order);
    for (const date of rotations) {
      await delay(pauseMs);
      await deploy(date);
      console.log(`rotated the client secrets, as on ${date}`);
    }
    await delay(beforeKeysMs);
    await azure.signingKeys.publishNext();
    azure.signingKeys.useNext();
    console.log("rotated the signing key");
    await delay(pauseMs * 2);
    azure.signingKeys.retireOthers();
    await delay(pauseMs);
    traffic.send("stop");
    const [{ requests, answers, seconds, tokenRequests, p50, p99, slowest }] = await result;

    // A token is renewed at half of so short a life; the first one, and one refusal for each secret that was taken away.
    const needed = Math.ceil(seconds / (tokenLifetimeSeconds / 2)) + 1;
    const failures = requests - (answers["201"] ?? 0);
    console.log(
      [
        `${requests} requests in ${seconds.toFixed(1)} s, ${(requests / seconds).toFixed(0)}/s: ${JSON.stringify(answers)}`,
        `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms`,
        `${tokenRequests} token requests; renewals need at most ${needed}, rotations ${rotations.length} more`,
        `${failures} failures`,
      ].join("\n"),
    );
    return failures === 0 && tokenRequests <= needed + rotations.length ? 0 : 1;
  } finally {
    await azure.close();
    await rm(folder, { recursive: true });
    await rm(projectFolder, { recursive: true });
  }
}

soak().then((code) => (process.exitCode = code));
