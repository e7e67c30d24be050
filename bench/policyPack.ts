import { rm } from "node:fs/promises";
import path from "node:path";
import { projectFolder } from "../cli/projectFolder";
import type { Benchmark } from "./benchmark";
import { MeasuredStack, requireCli, stateWrittenOnce, withSlowAzure } from "./engineStack";
import { inTurn, ratioRow } from "./measure";
import { callsOf, landscapeOf } from "./programs";

const benchmark = "policy pack";
const pack = path.join(projectFolder, "packages", "review", "pack");

/** The time that the policy pack adds to a preview of a deployed stack without changes. */
export const policyPack: Benchmark = {
  titles: [benchmark],
  minutes: 5,
  needsMore: true,
  async measure({ runs, services = 100 }, progress) {
    requireCli();
    const what = `preview of ${services} services with ${callsOf(services)} calls each and the CLI's defaults, with the policy pack, compared with no policy pack`;
    const rounds = Math.min(runs, 5);
    if (progress.has(rounds, what)) return;
    const folder = await landscapeOf(services);
    try {
      await withSlowAzure(async (azure) => {
        // Only the previews are measured, so the deployment before them is the fastest possible.
        const deployed = await MeasuredStack.in(azure, folder, "bench", stateWrittenOnce);
        try {
          await deployed.up();
          const previewed = (packs: boolean) => async () => {
            let output = "";
            const stack = deployed.stack.with({
              policyPacks: packs ? [pack] : undefined,
              onOutput: (text) => (output += text),
            });
            const begun = performance.now();
            const {
              create,
              update,
              replace,
              delete: deleted,
            } = await stack.preview({
              config: { authority: azure.authority },
            });
            const seconds = (performance.now() - begun) / 1000;
            if (create + update + replace + deleted > 0) throw new Error("policy pack: the preview has changes");
            if (/^Policies:/m.test(output) !== packs)
              throw new Error(
                `policy pack: it ${packs ? "did not run" : "ran in both previews"}: ${output.slice(-400)}`,
              );
            return seconds;
          };
          const { withPack, without } = await inTurn(rounds, {
            without: previewed(false),
            withPack: previewed(true),
          });
          await progress.measured(
            ratioRow({
              benchmark,
              what,
              unit: "s",
              ours: withPack.seconds,
              other: without.seconds,
              atMost: 1.2,
              bound:
                "the CLI sends each of 4,400 resources to the pack in a request, and then all of them together. Pulumi's policy SDK then reads all of them again for each of the pack's policies, one for each rule; an attempt without that still took 1.66 times as long as no pack. In a profile, the rules took 1 s of the 10 s in which the pack's process ran JavaScript, and the SDK the rest; the CLI needed 4 s more of processor time than without the pack",
            }),
          );
        } finally {
          await deployed.stack.dispose();
        }
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
