import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { provableStack } from "@microservice-identities/proof/directory";
import { seededRandom } from "@microservice-identities/proof/seededRandom";
import type { Workday } from "@microservice-identities/proof/workdays";
import { isoDay, oneDay } from "@microservice-identities/validation/days";
import type { IssuedSecret, RotationPolicy } from "../../components/rotation";
import program from "../../stacks/index";
import { localConfig } from "../deployingCommand";
import { projectFolder } from "../projectFolder";
import { publishedAtOnce } from "./publishedAtOnce";
import { startServices, writeServices } from "./services";
import { rotationsIn, type Timeline } from "./timeline";

/** Seconds. The last replica of Entra never accepts a new secret sooner. */
const leastLate = 2;
/** Simulated milliseconds in a real one while a deployment waits until Entra accepts a new secret. */
const waitingSpeed = 60;

export interface PlayOptions {
  readonly days: number;
  readonly rotation: RotationPolicy;
  /** The longest time until the last replica of Entra accepts a new secret, in seconds. */
  readonly mostLate: number;
  /** Selects how late Entra accepts the secrets of each day. */
  readonly seed: number;
  /** Whether a secret is published as soon as it is created, without staged rotation. */
  readonly atOnce: boolean;
}

/**
 * Deploys a landscape every day onto a local Azure with a simulated clock, and lets its services call each other on each
 * day, at the moment when the deployment ends. On each day, Entra accepts new secrets after a different delay.
 */
export async function playDays(
  { days, rotation, mostLate, seed, atOnce }: PlayOptions,
  progress: (text: string) => void,
): Promise<Timeline> {
  const random = seededRandom(seed);
  let now = Date.parse(rotation.since);
  let began: number | undefined;
  const speed = atOnce ? 1 : waitingSpeed;
  const clock = () => now + (began === undefined ? 0 : (Date.now() - began) * speed);
  const azure = await startLocalAzure({ clock });
  const folder = await mkdtemp(path.join(tmpdir(), "year-"));
  const services = await startServices(azure, folder, rotation.overlapDays);
  try {
    const landscapeFile = await writeServices(folder);
    const stack = new BuiltInStack({ azure, projectFolder, stack: "dev" }, atOnce ? publishedAtOnce : program);
    const timeline: Timeline = { since: rotation.since, days: [] };
    for (let day = 0; day < days; day++) {
      const midnight = Date.parse(rotation.since) + day * oneDay;
      const date = isoDay(midnight);
      const lateSeconds = Math.round(leastLate + random() * (mostLate - leastLate));
      azure.faults.set({ replicas: 4, tokenReplication: { credentialSeconds: lateSeconds } });
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
      // The first secrets replace none, so that they are published at once. The services start when Entra accepts them.
      if (day === 0) now += lateSeconds * 1000;
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
      timeline.days.push({ date, changed, lateSeconds, calls, failures, refusals, issued });
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
