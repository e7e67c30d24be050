import { isDeepStrictEqual } from "node:util";
import { StackState } from "@microservice-identities/engine/deployment/stackState";
import { type FaultKind, type FaultPlan, faultKinds } from "@microservice-identities/local-azure/faults";
import { startTestAzure } from "@microservice-identities/test-support/azure";
import {
  declared,
  deploySmallLandscape,
  destroyEverything,
  inventoryOf,
  nothing,
  secretsWork,
} from "@microservice-identities/test-support/smallLandscape";
import { InvalidArgumentError } from "commander";
import { command, exitCodeOf } from "../../cli/command";

/** The same numbers for the same seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One to three kinds of fault, up to every other request, and sometimes a replication that takes its time. */
function planOf(seed: number): FaultPlan {
  const random = randomFrom(seed);
  const faults = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
    kind: faultKinds[Math.floor(random() * faultKinds.length)] as FaultKind,
    probability: 0.02 + random() * 0.48,
    seconds: 0,
  }));
  return { seed, faults, replicationSeconds: random() < 0.2 ? 0.1 : 0 };
}

/** Exit codes: 0 every run ended as it should, 1 one did not, 2 could not be run. */
async function soak(runs: number, firstSeed: number): Promise<number> {
  const azure = await startTestAzure({ tenantSettings: { objectsPerCreator: Number.POSITIVE_INFINITY } });
  const counts = { declared: 0, "a clear error, and declared after another run": 0, wrong: 0 };
  let faults = 0;
  try {
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const state = new StackState();
      azure.azure.faults.events.length = 0;
      azure.azure.faults.set(planOf(seed));
      const error = await deploySmallLandscape(azure, state, { attempts: 3, pause: 1 }).then(
        () => undefined,
        (reason: Error) => reason.message,
      );
      faults += azure.azure.faults.events.length;
      azure.azure.faults.clear();
      if (error !== undefined) await deploySmallLandscape(azure, state);
      const clear =
        error === undefined ||
        /^(GET|PUT|POST|PATCH|DELETE) https:\/\/localhost:\d+\/\S+: (\d{3} \w+: .+|no answer after \d attempts|the connection ended without an answer)$/.test(
          error,
        );
      const right = clear && isDeepStrictEqual(inventoryOf(azure), declared) && (await secretsWork(azure));
      await destroyEverything(azure, state);
      azure.azure.subscription.deletedVaults.clear();
      if (!right || !isDeepStrictEqual(inventoryOf(azure), nothing)) {
        counts.wrong++;
        console.log(`seed ${seed}: ${error ?? "no error"}, ${JSON.stringify(inventoryOf(azure))}`);
      } else counts[error === undefined ? "declared" : "a clear error, and declared after another run"]++;
    }
  } finally {
    await azure.close();
  }
  console.log(`${runs} runs met ${faults} faults and ended with`);
  for (const [ending, count] of Object.entries(counts)) console.log(`  ${String(count).padStart(5)}  ${ending}`);
  return counts.wrong === 0 ? 0 : 1;
}

const count = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("Allowed: a whole number from 1.");
};

command(
  "test:faults",
  "Deploys a small landscape again and again, each time under other faults.\nExit codes: 0 all ended as they should, 1 one did not, 2 could not be run.",
)
  .option("-n, --runs <count>", "how many deployments", count, 500)
  .option("-s, --seed <number>", "the seed of the first; each further one has the next", count, 1)
  .action((options: { runs: number; seed: number }) => exitCodeOf(soak(options.runs, options.seed)))
  .parse();
