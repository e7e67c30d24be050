import { isDeepStrictEqual } from "node:util";
import { type FaultKind, type FaultPlan, faultKinds } from "@microservice-identities/local-azure/faults";
import { seededRandom } from "@microservice-identities/proof/seededRandom";
import { startTestAzure } from "@microservice-identities/test-support/azure";
import {
  declared,
  inventoryOf,
  nothing,
  SmallProject,
  secretsWork,
} from "@microservice-identities/test-support/smallLandscape";
import { atLeast, command, exitCodeOf, runIfProgram } from "../../cli/command";

/** One to three kinds of fault, each for up to a fifth of the requests, and in half of the plans a directory with delays. */
function planOf(seed: number): FaultPlan {
  const random = seededRandom(seed);
  const faults = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
    kind: faultKinds[Math.floor(random() * faultKinds.length)] as FaultKind,
    probability: 0.02 + random() * 0.18,
    seconds: 0,
  }));
  const isLate = random() < 0.5;
  return { seed, faults, replicationSeconds: isLate ? 0.2 : 0, staleReadSeconds: isLate ? 0.1 : 0 };
}

/** All requests from this one on are lost, as if the deployment were killed there. */
const killedAt = (at: number): FaultPlan => ({
  faults: [
    { kind: "answerLost", from: at, times: 1 },
    { kind: "dropped", from: at },
  ],
});

/**
 * Deploys under one fault plan after the other, and after an error again without faults.
 */
async function soak(runs: number, first: number, kill: boolean): Promise<number> {
  const azure = await startTestAzure({ tenantSettings: { objectsPerCreator: Number.POSITIVE_INFINITY } });
  const project = await SmallProject.create();
  const counts = { "as declared at once": 0, "as declared after another run": 0, wrong: 0 };
  let faults = 0;
  try {
    for (let run = first; run < first + runs; run++) {
      const stack = project.on(azure, { attempts: kill ? 1 : 4, pause: 1 });
      azure.azure.faults.events.length = 0;
      azure.azure.faults.set(kill ? killedAt(run) : planOf(run));
      const error = await (kill ? stack.up() : stack.converge()).then(
        () => undefined,
        (reason: Error) => reason.message,
      );
      faults += azure.azure.faults.events.length;
      azure.azure.faults.clear();
      if (error !== undefined) await project.on(azure, undefined, stack.state).converge();
      const right = isDeepStrictEqual(inventoryOf(azure), declared) && (await secretsWork(azure));
      const left = JSON.stringify(inventoryOf(azure));
      await project.on(azure, undefined, stack.state).destroy();
      azure.azure.subscription.deletedVaults.clear();
      if (!right || !isDeepStrictEqual(inventoryOf(azure), nothing)) {
        counts.wrong++;
        console.log(`${kill ? "killed at request" : "seed"} ${run}: ${error ?? "no error"}, ${left}`);
      } else counts[error === undefined ? "as declared at once" : "as declared after another run"]++;
      const done = run - first + 1;
      if (done % 25 === 0) console.log(`${done} of ${runs} runs, ${faults} faults, ${counts.wrong} wrong`);
    }
  } finally {
    await azure.close();
    await project.remove();
  }
  console.log(`${runs} runs met ${faults} faults and ended`);
  for (const [ending, count] of Object.entries(counts)) console.log(`  ${String(count).padStart(5)}  ${ending}`);
  return counts.wrong === 0 ? 0 : 1;
}

export const faultsCommand = command("test:faults", {
  does: "Deploys a small landscape onto a local Azure again and again, each time with other faults, and checks that it ends as declared. 500 deployments take about 45 minutes.",
  exitCodes: {
    0: "every deployment ended as declared, if necessary after a second one",
    1: "a deployment did not end as declared",
    2: "it could not run",
  },
  example: "npm run test:faults -- --runs 5 --seed 17",
})
  .option("-n, --runs <count>", "how many deployments to run", atLeast(1), 500)
  .option(
    "-s, --seed <number>",
    "the seed of the first deployment; each further one is 1 higher. With --kill: the first request that the first deployment loses",
    atLeast(1),
    1,
  )
  .option("--kill", "instead of random faults: lose all requests from a given one on, as if the deployment were killed")
  .action(({ runs, seed, kill = false }: { runs: number; seed: number; kill?: boolean }) =>
    exitCodeOf(soak(runs, seed, kill)),
  );
runIfProgram(__filename, faultsCommand);
