import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startTestAzure } from "@microservice-identities/test-support/azure";
import { callingServices } from "@microservice-identities/test-support/callingServices";
import { command, exitCodeOf, runIfProgram } from "../../cli/command";
import { clockOf, type TrafficOrder, type TrafficResult } from "./trafficProcess";

const perSecond = 200;
/** The clocks of the local Azure, the caller and the guard run sixty times as fast: a minute takes a second. */
const speed = 60;
const minutes = (count: number): Promise<void> => delay((count * 60_000) / speed);

/**
 * A caller sends requests at full rate while client secrets and the signing key rotate, Entra accepts a new secret late, and
 * Entra is unavailable for 15 minutes at a time. A single failed request fails the run.
 */
async function soak(): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), "traffic-"));
  const clock = { begun: Date.now(), speed };
  const azure = await startTestAzure({ clock: clockOf(clock) });
  try {
    await writeFile(path.join(folder, "ca.pem"), azure.azure.caCertificate);
    const services = await callingServices(azure);
    const shop = await services.add("shop");
    const order: TrafficOrder = {
      perSecond,
      clock,
      certificate: await azure.azure.serverCertificate(),
      api: {
        tenantId: azure.azure.tenantId,
        authority: azure.azure.authority,
        clientId: services.stock.application.appId,
      },
      role: services.stock.role.value,
      caller: shop.configuration,
    };
    const traffic = fork(path.join(__dirname, "trafficProcess.ts"), [], {
      execArgv: ["--import", "tsx"],
      env: { PATH: process.env.PATH, ...azure.azure.workloadHost(), NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem") },
    });
    const result = once(traffic, "message") as Promise<[TrafficResult]>;
    traffic.send(order);
    const begun = Date.now();
    const say = (what: string) => console.log(`minute ${Math.round(((Date.now() - begun) * speed) / 60_000)}: ${what}`);
    await minutes(10);

    const rotate = () => {
      shop.renewSecret();
      say("the client secret was replaced, and Entra refuses the previous one");
    };
    const outage = async () => {
      azure.azure.faults.set({ faults: [{ kind: "unavailable", endpoint: "entra" }] });
      say("Entra is unavailable");
      await minutes(15);
      azure.azure.faults.clear();
      say("Entra is available again");
    };
    for (let round = 0; round < 3; round++) {
      rotate();
      await minutes(20);
      await outage();
      await minutes(10);
      await outage();
      await minutes(15);
    }

    const known = shop.application.passwordCredentials;
    shop.renewSecret();
    const renewed = shop.application.passwordCredentials;
    shop.application.passwordCredentials = known;
    say(
      "a new client secret is in the vault, and for 3 minutes Entra accepts neither the new secret nor the previous one",
    );
    await minutes(3);
    shop.application.passwordCredentials = renewed;
    await minutes(60);

    await azure.azure.signingKeys.publishNext();
    await minutes(15);
    azure.azure.signingKeys.useNext();
    say("Entra signs with the next key");
    await minutes(90);
    azure.azure.signingKeys.retireOthers();
    say("Entra no longer publishes the previous signing key");
    await minutes(30);
    traffic.send("stop");
    const [{ requests, answers, seconds, tokenRequests, keyRequests, p50, p99, slowest }] = await result;

    const failures = requests - (answers["200"] ?? 0);
    console.log(
      [
        `${requests} requests in ${seconds.toFixed(0)} s, ${(requests / seconds).toFixed(0)}/s: ${JSON.stringify(answers)}`,
        `${((seconds * speed) / 3600).toFixed(1)} hours by the clocks of the services`,
        `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms`,
        `${tokenRequests} token requests, ${keyRequests} requests for signing keys`,
        `${failures} failures`,
      ].join("\n"),
    );
    return failures === 0 ? 0 : 1;
  } finally {
    await azure.close();
    await rm(folder, { recursive: true });
  }
}

export const trafficCommand = command("test:traffic", {
  does: "Sends 200 requests a second to an API for 7 minutes, while client secrets and the signing key rotate and Entra is unavailable at times. All clocks run 60 times as fast.",
  exitCodes: { 0: "no request failed", 1: "a request failed", 2: "it could not run" },
  example: "npm run test:traffic",
}).action(() => exitCodeOf(soak()));
runIfProgram(__filename, trafficCommand);
