import path from "node:path";
import { Backend } from "@microservice-identities/engine/deployment/backend";
import { openStack } from "@microservice-identities/engine/deployment/openStack";
import type { DeploymentOptions, DeploymentResult, Stack } from "@microservice-identities/engine/deployment/stack";
import { sumOf, upAll } from "@microservice-identities/engine/deployment/upAll";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { proveOnLocalAzure } from "@microservice-identities/proof/proveOnLocalAzure";
import { differencesOf, type ProofReport } from "@microservice-identities/proof/report";
import type { Sample } from "@microservice-identities/proof/sample";
import { findingsText } from "@microservice-identities/review/report/text";
import { type Review, review } from "@microservice-identities/review/review";
import { readWaivers } from "@microservice-identities/review/waivers";
import { waiversFile } from "@microservice-identities/review/waiversFile";
import { today } from "@microservice-identities/validation/days";
import { Option } from "commander";
import { converge } from "./adoption/converge";
import { localTenant } from "./adoption/localTenant";
import { atLeast, exitCodeOf, runIfProgram, seedOption, stacksOption } from "./command";
import { type DeployingOptions, deployingCommand, localConfig, readFaults, readPolicies } from "./deployingCommand";
import { writeReport } from "./files";
import { landscapePage } from "./landscapePage";
import { Phases } from "./phases";
import { projectFolder } from "./projectFolder";
import { provedApiModule } from "./provedApiModule";
import { deploymentText, proofText, refusalsTried, timesText } from "./terminal";

interface StartOptions extends DeployingOptions {
  readonly stack: readonly string[];
  readonly refusals?: number;
  readonly objectsPerCreator?: number;
  readonly seed: number;
  readonly report: string;
}

/** Exit codes: 0 as declared and without a finding of high severity, 1 otherwise, 2 could not run. */
async function start({
  stack,
  engine,
  report: reportFile,
  faults: faultFile,
  refusals: size,
  objectsPerCreator,
  seed,
  ...options
}: StartOptions): Promise<number> {
  const faults = readFaults(faultFile);
  const policies = readPolicies(options.policies);
  const names = stack.join(", ");
  const refusals = size === undefined ? undefined : { size, seed };
  const phases = new Phases();
  // In other processes, while this one starts the local Azure and deploys.
  const evaluated = evaluatedStacks(stack);
  const azure = await phases.run("Start the local Azure", () =>
    startLocalAzure({
      faults,
      policies,
      cloud: options.cloud,
      ...(objectsPerCreator === undefined ? {} : { tenantSettings: { objectsPerCreator } }),
    }),
  );
  try {
    const { results, report } = await deployAndProve(
      azure,
      { stack, engine, refusals, evaluated: evaluated.each },
      phases,
    );
    const reviewed = await phases.run(`Review stack ${names}`, async () => reviewOf(await evaluated.together));
    const deployment = sumOf(results);
    await writeReport(reportFile, await landscapePage({ stack: names, report, deployment, phases: phases.times }));
    console.log(
      `\n${deploymentText(deployment)}\n\n${proofText(report)}\n\nThe review:\n${findingsText(reviewed)}\n\n${timesText(phases.times)}`,
    );
    if (refusals) console.log(`\n${refusalsTried(refusals)}`);
    console.log(`\nThe same result as a page with a picture: ${reportFile}`);
    const isSafe = reviewed.findings.every(({ severity }) => severity !== "high");
    return isSafe && differencesOf(report).length === 0 ? 0 : 1;
  } finally {
    await azure.close();
  }
}

/** The proof runs before `dispose`, which removes the files of a stack of the Pulumi CLI. */
async function deployAndProve(
  azure: LocalAzure,
  {
    engine,
    stack: names,
    refusals,
    evaluated,
  }: Pick<StartOptions, "engine" | "stack"> & {
    readonly refusals?: Sample;
    readonly evaluated: EvaluatedStacks["each"];
  },
  phases: Phases,
): Promise<{ readonly results: readonly DeploymentResult[]; readonly report: ProofReport }> {
  const backend = await Backend.create();
  const tenant = await localTenant(azure);
  const stacks: Stack[] = [];
  try {
    for (const stack of names) stacks.push(await openStack(engine, { azure, projectFolder, stack, backend }));
    const results = await phases.run(`Deploy stack ${names.join(", ")}`, async (progress, note) => {
      const wanted = await evaluated;
      let done = 0;
      const options: DeploymentOptions = {
        config: localConfig(azure),
        onResource: ({ name }) => progress(`${++done} resources, the last one ${name}`),
      };
      return upAll(stacks, options, (stack, given, index) =>
        converge(stack, { ...given, wanted: wanted[index] ?? [], tenant, onNote: note }),
      );
    });
    const report = await phases.run("Prove every call", (progress) =>
      proveOnLocalAzure(
        azure,
        results.map(({ outputs }) => outputs),
        { apiModule: provedApiModule, refusals, onProgress: (done, total) => progress(`${done} of ${total}`) },
      ),
    );
    return { results, report };
  } finally {
    for (const stack of stacks) await stack.dispose();
    await backend.dispose();
    await tenant.close();
  }
}

interface EvaluatedStacks {
  /** The resources of each stack alone. */
  readonly each: Promise<readonly (readonly EvaluatedResource[])[]>;
  /** The resources of all stacks, which can call each other. */
  readonly together: Promise<readonly EvaluatedResource[]>;
}

function evaluatedStacks(stacks: readonly string[]): EvaluatedStacks {
  const each = Promise.all(stacks.map((stack) => evaluateOffline(projectFolder, stack)));
  const together = each.then(([only = []]) => (stacks.length === 1 ? only : evaluateOffline(projectFolder, stacks)));
  // An error is reported where the resources are needed. If the local Azure does not start, they are not.
  for (const promise of [each, together]) promise.catch(() => undefined);
  return { each, together };
}

function reviewOf(resources: readonly EvaluatedResource[]): Review {
  const date = today();
  return review(resources, { today: date, waivers: readWaivers(path.join(projectFolder, waiversFile), date) });
}

export const startCommand = deployingCommand(
  "start",
  {
    does: "Deploys a stack onto a local Azure, proves every call of its landscape, and reviews it.",
    exitCodes: {
      0: "as declared",
      1: "not as declared, or there is a finding of high severity",
      2: "it could not run",
    },
    example: "npm start -- --stack dev --engine built-in",
  },
  stacksOption,
)
  .addOption(
    new Option(
      "--refusals <count>",
      "how many refusals to try, for landscapes of hundreds of services (default: all)",
    ).argParser(atLeast(0)),
  )
  .addOption(seedOption())
  .addOption(
    new Option(
      "--objects-per-creator <count>",
      "how many objects the deployer can create in Entra, two for each service (default: 250, as without a directory role)",
    ).argParser(atLeast(1)),
  )
  .option("-r, --report <file>", "the page to write", "reports/landscape.html")
  .action((options: StartOptions) => exitCodeOf(start(options)));
runIfProgram(__filename, startCommand);
