import { rm } from "node:fs/promises";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import type { FaultPlan } from "@microservice-identities/local-azure/faults";
import { converge } from "../cli/adoption/converge";
import { localTenant } from "../cli/adoption/localTenant";
import type { Benchmark } from "./benchmark";
import {
  type CliEnvironment,
  cliDefaults,
  MeasuredStack,
  pipelineEnvironment,
  requireCli,
  stateWrittenOnce,
  withSlowAzure,
} from "./engineStack";
import { ratioRow, seconds } from "./measure";
import { landscapeOf } from "./programs";

const benchmark = "real engine, settings";
const usual = "compared with the CLI's defaults (8 at a time)";

interface Variant {
  /** Environment variables of the CLI. */
  readonly cli?: CliEnvironment;
  /** Settings of the stack. */
  readonly config?: Readonly<Record<string, string>>;
  /** Whether the setting changes the size of the state. Default: no. */
  readonly changesState?: true;
}

const variants: Readonly<Record<string, Variant>> = {
  "as in the pipelines (24 at a time, a compressed state)": { cli: pipelineEnvironment, changesState: true },
  "16 at a time": { cli: { PULUMI_PARALLEL: "16" } },
  "24 at a time": { cli: { PULUMI_PARALLEL: "24" } },
  "32 at a time": { cli: { PULUMI_PARALLEL: "32" } },
  "a compressed state": { cli: { PULUMI_DIY_BACKEND_ZSTD: "true" }, changesState: true },
  "no copy of the state before each write": { cli: { PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true" } },
  "fewer garbage collections (GOGC=400)": { cli: { GOGC: "400" } },
  "listedPermissions: outside": { config: { listedPermissions: "outside" }, changesState: true },
  "a state written once, at the end (only to see its share)": { cli: stateWrittenOnce },
};

/**
 * How settings of the CLI and of a stack change the time to deploy and remove 20 services with ten calls, and the cost when Entra shows
 * each object 2 s late.
 */
export const engineSettings: Benchmark = {
  titles: [benchmark],
  minutes: 27,
  needsMore: true,
  async measure({ runs, services = 20 }, progress) {
    requireCli();
    const rounds = Math.min(runs, 3);
    const folder = await landscapeOf(services);
    const whats = (variant: string): ReadonlyMap<keyof Life, string> =>
      new Map<keyof Life, string>([
        ["up", `first deployment of ${services} services, ${variant}, ${usual}`],
        ["destroy", `destroy of ${services} services, ${variant}, ${usual}`],
        ...(variants[variant]?.changesState
          ? ([["state", `size of the state of ${services} services, ${variant}, compared with the usual one`]] as const)
          : []),
      ]);
    const lateWhat = `until ${services} services are as declared (npm run up), with Entra 2 s late, compared with no delay`;
    try {
      const open = Object.keys(variants).filter((variant) => !progress.has(rounds, ...whats(variant).values()));
      const base: Life[] = [];
      const those = new Map<string, Life[]>(open.map((variant) => [variant, []]));
      // In turn: what slows the machine down for a while slows all of them.
      for (let round = 0; round < rounds && open.length > 0; round++) {
        base.push(await life(folder, {}));
        for (const [variant, lives] of those) {
          lives.push(await life(folder, variants[variant] ?? {}));
          const rows = [...whats(variant)].map(([of, what]) => {
            const unit = of === "state" ? "MB" : "s";
            return ratioRow({
              benchmark,
              what,
              unit,
              ours: lives.map((one) => one[of]),
              other: base.map((one) => one[of]),
            });
          });
          await progress.measured(...rows);
        }
      }
      if (progress.has(rounds, lateWhat)) return;
      const [late, punctual]: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        punctual.push(await converged(folder, {}));
        late.push(await converged(folder, { replicationSeconds: 2 }));
      }
      const bound =
        "the azuread provider reads each assignment right after it created it, and fails if Entra does not show it yet. The first round creates all of them in this way; then each is imported, which writes the whole state twice, and compared, and a second round finds everything as declared";
      await progress.measured(
        ratioRow({ benchmark, what: lateWhat, unit: "s", ours: late, other: punctual, atMost: 1.5, bound }),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** In seconds, and in MB for the file that contains the state. */
interface Life {
  readonly up: number;
  readonly destroy: number;
  readonly state: number;
}

const life = (folder: string, { cli, config }: Variant): Promise<Life> =>
  withSlowAzure(async (azure) => {
    const measured = await MeasuredStack.in(azure, folder, "bench", { ...cliDefaults, ...cli });
    try {
      const up = await measured.provedUp(config);
      const state = await measured.stateFile(cli?.PULUMI_DIY_BACKEND_ZSTD === "true");
      return { up, state, destroy: await seconds(() => measured.destroy()) };
    } finally {
      await measured.stack.dispose();
    }
  });

/** Seconds until a stack is as declared, deployed as `npm run up` does. */
const converged = (folder: string, faults: FaultPlan): Promise<number> =>
  withSlowAzure(async (azure) => {
    const measured = await MeasuredStack.in(azure, folder);
    const { stack } = measured;
    const tenant = await localTenant(azure);
    try {
      const begun = performance.now();
      const wanted = await evaluateOffline(folder, "bench");
      const { outputs } = await converge(stack, { config: { authority: azure.authority }, wanted, tenant });
      const taken = (performance.now() - begun) / 1000;
      await measured.proved(outputs);
      return taken;
    } finally {
      await tenant.close();
      await stack.dispose();
    }
  }, faults);
