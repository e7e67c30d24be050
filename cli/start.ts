import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { Backend } from "@microservice-identities/engine/deployment/backend";
import { openStack } from "@microservice-identities/engine/deployment/openStack";
import {
  type DeploymentResult,
  noOperations,
  type Operations,
  type Stack,
} from "@microservice-identities/engine/deployment/stack";
import { upAll } from "@microservice-identities/engine/deployment/upAll";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { proveOnLocalAzure } from "@microservice-identities/proof/proveOnLocalAzure";
import { differencesOf, type ProofReport } from "@microservice-identities/proof/report";
import { findingsText } from "@microservice-identities/review/report/text";
import { review } from "@microservice-identities/review/review";
import { readWaivers, waiversFile } from "@microservice-identities/review/waivers";
import { today } from "@microservice-identities/validation/days";
import { type DeployingOptions, deployingCommand, exitCodeOf, localConfig, readFaults, stacksOption } from "./command";
import { landscapePage } from "./landscapePage";
import { Phases } from "./phases";
import { projectFolder } from "./projectFolder";
import { provedApiModule } from "./provedApiModule";
import { deploymentText, proofText, seconds } from "./terminal";

interface StartOptions extends DeployingOptions {
  readonly stack: readonly string[];
  readonly report: string;
}

/** Exit codes: 0 the landscape is as declared and without a grave finding, 1 it is not, 2 that could not be found out. */
async function start({ stack: stacks, engine, report: reportFile, faults: faultFile }: StartOptions): Promise<number> {
  const faults = readFaults(faultFile);
  const names = stacks.join(", ");
  const phases = new Phases();
  const azure = await phases.run("Start the local Azure", () => startLocalAzure({ faults }));
  const backend = await Backend.create();
  try {
    const deployers: Stack[] = [];
    let deployment: DeploymentResult;
    let report: ProofReport;
    try {
      for (const stack of stacks) deployers.push(await openStack(engine, { azure, projectFolder, stack, backend }));
      const results = await phases.run(`Deploy stack ${names}`, (progress) => {
        let done = 0;
        return upAll(deployers, {
          config: localConfig(azure),
          onResource: ({ name }) => progress(`${++done} resources, the last one ${name}`),
        });
      });
      deployment = together(results);
      report = await phases.run("Prove every call", (progress) =>
        proveOnLocalAzure(
          azure,
          results.map(({ outputs }) => outputs),
          { apiModule: provedApiModule, onProgress: (done, total) => progress(`${done} of ${total}`) },
        ),
      );
    } finally {
      for (const deployer of deployers) await deployer.dispose();
    }
    const reviewed = await phases.run(`Review stack ${names}`, async () => {
      const resources = await evaluateOffline(projectFolder, stacks);
      return review(resources, {
        today: today(),
        waivers: readWaivers(path.join(projectFolder, waiversFile)),
      });
    });
    const page = await landscapePage({ stack: names, report, deployment, phases: phases.times });
    await mkdir(path.dirname(path.resolve(reportFile)), { recursive: true });
    await writeFile(reportFile, page);

    const total = Object.values(phases.times).reduce((sum, time) => sum + time, 0);
    const times = Object.entries(phases.times).map(([name, time]) => `  ${name.padEnd(24)}${seconds(time)}`);
    console.log(
      `\n${deploymentText(deployment)}\n\n${proofText(report)}\n\nThe review:\n${findingsText(reviewed)}\n\n${times.join("\n")}\n  ${"Together".padEnd(24)}${seconds(total)}`,
    );
    console.log(`\nThe same as a page with a picture: ${reportFile}`);
    const isSafe = reviewed.findings.every(({ severity }) => severity !== "high");
    return isSafe && differencesOf(report).length === 0 ? 0 : 1;
  } finally {
    await backend.dispose();
    await azure.close();
  }
}

/** Several deployments as one, for the summary. */
function together(results: readonly DeploymentResult[]): DeploymentResult {
  const [first] = results as [DeploymentResult];
  const add = (into: Record<string, number>, more: Readonly<Record<string, number>>) => {
    for (const [key, count] of Object.entries(more)) into[key] = (into[key] ?? 0) + count;
    return into;
  };
  return {
    engine: first.engine,
    operations: results.reduce((sum, { operations }) => add(sum, operations), noOperations()) as Operations,
    resources: results.reduce((sum, { resources }) => add(sum, resources), {}),
    outputs: first.outputs,
  };
}

deployingCommand(
  "start",
  "Deploys a stack onto a local Azure, proves every call of its landscape, and reviews it.\nExit codes: 0 as declared, 1 not as declared or a finding of high severity, 2 could not be found out.",
  stacksOption,
)
  .option("-r, --report <file>", "where the page goes", "reports/landscape.html")
  .action((options: StartOptions) => exitCodeOf(start(options)))
  .parse();
