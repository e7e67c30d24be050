import { writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { inParallel } from "@microservice-identities/proof/inParallel";
import { atLeast, CommandError, command, exitCodeOf, runIfProgram } from "../../../cli/command";
import { builtInHost, outcomesOf, pulumiHost } from "./hosts";
import type { Outcomes } from "./outcome";
import { differentialPlans } from "./plans";
import { type RecordedOutcomes, recordedOutcomes, recordingFile } from "./recording";

interface RunOptions {
  readonly only?: string;
  readonly parallel: number;
  readonly record?: true;
}

/** Exit codes: 0: no difference; 1: a difference; 2: could not run. */
async function run({ only = "", parallel, record }: RunOptions): Promise<number> {
  if (findPulumiCli() === undefined) throw new CommandError("there is no Pulumi CLI on the PATH to compare with");
  const plans = differentialPlans.filter(({ name }) => name.includes(only));
  if (plans.length === 0) throw new CommandError(`--only ${only}: no plan has this in its name`);
  const outcomes: Record<string, Outcomes> = { ...recordedOutcomes() };
  let [done, differences] = [0, 0];
  await inParallel(
    plans,
    async (plan) => {
      const [real, builtIn] = await Promise.all([outcomesOf(plan, pulumiHost), outcomesOf(plan, builtInHost)]);
      const isSame = isDeepStrictEqual(real, builtIn);
      console.log(
        `${String(++done).padStart(3)} of ${plans.length}  ${isSame ? "same     " : "different"}  ${plan.name}`,
      );
      if (!isSame) {
        differences++;
        console.log(`  Pulumi CLI      ${JSON.stringify(real)}\n  built-in engine ${JSON.stringify(builtIn)}`);
      }
      outcomes[plan.name] = real;
    },
    { parallel },
  );
  if (record) {
    const inOrder = differentialPlans.flatMap(({ name }) => (outcomes[name] ? [[name, outcomes[name]]] : []));
    const recording = Object.fromEntries(inOrder) as RecordedOutcomes;
    await writeFile(recordingFile, `${JSON.stringify(recording, null, 2)}\n`);
  }
  console.log(`\n${plans.length} plans, ${differences} ended differently`);
  return differences === 0 ? 0 : 1;
}

export const differentialCommand = command("test:differential", {
  does: "Compares the built-in engine with the Pulumi CLI on the PATH: both deploy the same resources under the same faults. The result in Entra and in the state must be the same.",
  exitCodes: {
    0: "no difference",
    1: "there is a difference",
    2: "it could not run",
  },
  example: "npm run test:differential -- --only destroy",
})
  .option("-o, --only <text>", "run only the plans whose name contains this text")
  .option("-p, --parallel <count>", "how many plans to run at the same time", atLeast(1), 3)
  .option("--record", "write the results of the Pulumi CLI to the file that `npm test` compares with")
  .action((options: RunOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, differentialCommand);
