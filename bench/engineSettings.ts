import { access, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { CliOptions } from "@microservice-identities/engine/deployment/pulumiCli";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import type { FaultPlan } from "@microservice-identities/local-azure/faults";
import { converge } from "../cli/adoption/converge";
import { localTenant } from "../cli/adoption/localTenant";
import type { Benchmark } from "./benchmark";
import { MeasuredStack, requireCli, seconds, stateWrittenOnce, usualParallel, withSlowAzure } from "./engineStack";
import { ratioRow } from "./measure";
import { landscapeOf } from "./programs";

const benchmark = "real engine, settings";
const usual = `by ${usualParallel} at a time`;

const variants: Readonly<Record<string, CliOptions>> = {
  "16 at a time": { parallel: 16 },
  "32 at a time": { parallel: 32 },
  "a compressed state": { environment: { PULUMI_DIY_BACKEND_ZSTD: "true" } },
  "a state written once, at the end (only to see its share)": { environment: stateWrittenOnce },
};

/**
 * What settings of the CLI change in the deployment and the removal of 20 services with ten calls, and what it costs when Entra shows
 * each object 2 s late.
 */
export const engineSettings: Benchmark = {
  titles: [benchmark],
  minutes: 50,
  needsMore: true,
  async measure({ runs, services = 20 }, progress) {
    requireCli();
    const rounds = Math.min(runs, 3);
    const folder = await landscapeOf(services);
    const whats = (variant: string) =>
      [
        `up of ${services} services, ${variant}, ${usual}`,
        `destroy of ${services} services, ${variant}, ${usual}`,
      ] as const;
    const lateWhat = `until ${services} services are as declared (npm run up), with Entra 2 s late, by without`;
    try {
      const open = Object.keys(variants).filter((variant) => !progress.has(...whats(variant)));
      const base: UpAndDestroy[] = [];
      for (const variant of open) {
        const those: UpAndDestroy[] = [];
        for (let round = 0; round < rounds; round++) {
          // Each variant is compared with the same usual runs.
          if (base.length <= round) base.push(await upAndDestroy(folder, {}));
          those.push(await upAndDestroy(folder, variants[variant] ?? {}));
        }
        const [up, destroy] = whats(variant);
        const rows = [
          { what: up, of: "up" },
          { what: destroy, of: "destroy" },
        ] as const;
        await progress.measured(
          ...rows.map(({ what, of }) =>
            ratioRow({
              benchmark,
              what,
              unit: "s",
              ours: those.map((one) => one[of]),
              other: base.map((one) => one[of]),
            }),
          ),
        );
      }
      if (progress.has(lateWhat)) return;
      const [late, punctual]: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        punctual.push(await converged(folder, {}));
        late.push(await converged(folder, { replicationSeconds: 2 }));
      }
      const bound =
        "an assignment is read right after it was created: the first round fails there, the second takes it over, the third finds nothing to do";
      await progress.measured(
        ratioRow({ benchmark, what: lateWhat, unit: "s", ours: late, other: punctual, atMost: 1.5, bound }),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

interface UpAndDestroy {
  readonly up: number;
  readonly destroy: number;
}

const upAndDestroy = (folder: string, cli: CliOptions): Promise<UpAndDestroy> =>
  withSlowAzure(async (azure) => {
    const measured = await MeasuredStack.in(azure, folder, "bench", cli);
    try {
      const up = await seconds(() => measured.up());
      await assertCompressed(measured, cli.environment?.PULUMI_DIY_BACKEND_ZSTD === "true");
      return { up, destroy: await seconds(() => measured.stack.destroy()) };
    } finally {
      await measured.stack.dispose();
    }
  });

/** @throws Error if the state is not as the setting says */
async function assertCompressed({ stack }: MeasuredStack, isWanted: boolean): Promise<void> {
  const folder = path.join(stack.folder ?? "", ".pulumi", "stacks");
  await access(folder);
  const files = await readdir(folder, { recursive: true });
  if (files.some((file) => file.endsWith(".json.zst")) !== isWanted)
    throw new Error(`the state is ${isWanted ? "not " : ""}compressed: ${files.join(", ")}`);
}

/** Seconds until a stack is as declared, deployed as `npm run up` does. */
const converged = (folder: string, faults: FaultPlan): Promise<number> =>
  withSlowAzure(async (azure) => {
    const { stack } = await MeasuredStack.in(azure, folder);
    const tenant = await localTenant(azure);
    try {
      return await seconds(async () =>
        converge(stack, {
          config: { authority: azure.authority },
          wanted: await evaluateOffline(folder, "bench"),
          tenant,
        }),
      );
    } finally {
      await tenant.close();
      await stack.dispose();
    }
  }, faults);
