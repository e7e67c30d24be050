import { rm } from "node:fs/promises";
import os from "node:os";
import type { Benchmark } from "./benchmark";
import { type Consumer, type Interval, profiled } from "./deploymentProfile";
import { requireCli, withMeasuredStack } from "./engineStack";
import { valueRow } from "./measure";
import { profilePicture } from "./profilePicture";
import { callsOf, landscapeOf } from "./programs";

const benchmark = "real engine, profile";

/** Where the time of a first deployment goes, as rows and as a picture. */
export const engineProfile: Benchmark = {
  titles: [benchmark],
  minutes: 2,
  needsMore: true,
  async measure({ services = 20 }, progress) {
    requireCli();
    const folder = await landscapeOf(services);
    try {
      const intervals = await withMeasuredStack(folder, async (measured) => {
        let outputs: Awaited<ReturnType<typeof measured.up>>["outputs"] = {};
        const seen = await profiled(measured, async () => {
          outputs = (await measured.up()).outputs;
        });
        await measured.proved(outputs);
        return seen;
      });
      const total = (of: (one: Interval) => number) => intervals.reduce((sum, one) => sum + of(one), 0);
      const processor = (consumer: Consumer) =>
        valueRow({
          benchmark,
          what: `processor time of it: ${consumer === "local Azure" ? "local Azure and the benchmark itself" : consumer}`,
          unit: "s",
          ours: [total((one) => one.processor[consumer])],
        });
      await progress.measured(
        valueRow({
          benchmark,
          what: `first deployment of ${services} services with ${callsOf(services)} calls each`,
          unit: "s",
          ours: [total((one) => one.seconds)],
        }),
        processor("engine"),
        processor("providers"),
        processor("program"),
        processor("other"),
        processor("local Azure"),
        valueRow({
          benchmark,
          what: `writes of the whole state during it`,
          unit: "writes",
          ours: [total((one) => one.stateWrites)],
        }),
      );
      await progress.picture("deployment-profile.svg", profilePicture(intervals, os.cpus().length));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
