import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { provableStack } from "@microservice-identities/proof/directory";
import type { Workday } from "@microservice-identities/proof/workdays";
import { isoDay, oneDay } from "@microservice-identities/validation/days";
import type { IssuedSecret, RotationPolicy } from "../../components/rotation";
import program from "../../stacks/index";
import { localConfig } from "../command";
import { projectFolder } from "../projectFolder";
import { startServices, writeServices } from "./services";
import { rotationsIn, type Timeline } from "./timeline";

/** For so long some replicas of Entra refuse a new secret; the figures are those of the preset `entra-2026`. */
const lateAcceptance = { replicas: 4, tokenReplication: { credentialSeconds: 18 } };
/** Simulated milliseconds in a real one while a deployment runs: it waits until Entra accepts a new secret. */
const speed = 60;

/**
 * Deploys a landscape every day onto a local Azure with a simulated clock, and lets its services call each other on each
 * day, in the moment in which the deployment ends. Entra accepts new secrets late.
 */
export async function playDays(
  days: number,
  rotation: RotationPolicy,
  progress: (text: string) => void,
): Promise<Timeline> {
  let now = Date.parse(rotation.since);
  let began: number | undefined;
  const clock = () => now + (began === undefined ? 0 : (Date.now() - began) * speed);
  const azure = await startLocalAzure({ clock, faults: lateAcceptance });
  const folder = await mkdtemp(path.join(tmpdir(), "year-"));
  const services = await startServices(azure, folder, rotation.overlapDays);
  try {
    const landscapeFile = await writeServices(folder);
    const stack = new BuiltInStack({ azure, projectFolder, stack: "dev" }, program);
    const timeline: Timeline = { since: rotation.since, days: [] };
    for (let day = 0; day < days; day++) {
      const midnight = Date.parse(rotation.since) + day * oneDay;
      const date = isoDay(midnight);
      [now, began] = [midnight, Date.now()];
      const config = {
        ...localConfig(azure),
        landscapeFile,
        date,
        // The simulated services have no settings of their own; those of the stack are for other services.
        services: "{}",
        rotation: JSON.stringify(rotation),
      };
      const { outputs, operations } = await stack.up({ config });
      [now, began] = [clock(), undefined];
      // The first secrets replace none, so that they are published at once. Nobody uses them in the first minute.
      if (day === 0) now += 60_000;
      const { same: _, ...changes } = operations;
      const changed = Object.values(changes).some((count) => count > 0);
      const { directory, tenantId } = provableStack.parse(outputs);
      services.send({ day, now, directory, tenantId, authority: azure.authority } satisfies Workday);
      const { calls, failures } = await services.next();
      const issued = outputs.issued as Record<string, IssuedSecret[]>;
      const since = isoSecond(midnight);
      const refusals = azure.tenant.signIns
        .all()
        .filter(({ createdDateTime, errorCode }) => errorCode === secretRefused && createdDateTime >= since).length;
      timeline.days.push({ date, changed, calls, failures, refusals, issued });
      progress(`${date}: ${rotationsIn(timeline)} rotations, ${failures.length} failed calls`);
    }
    return timeline;
  } finally {
    await services.stop();
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The number behind AADSTS. */
const secretRefused = 7000215;

/** As in the log of sign-ins. */
const isoSecond = (moment: number): string => `${new Date(moment).toISOString().slice(0, 19)}Z`;
