import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { createDeployer } from "../local/deployment/deployer";
import type { DeploymentResult } from "../local/deployment/deployment";
import { startLocalAzure } from "../local/localAzure";
import { evaluateOffline } from "../policy/offlineEvaluation";
import { findingsText } from "../policy/report/text";
import { review } from "../policy/review";
import { readWaivers } from "../policy/waivers";
import { proveOnLocalAzure } from "../proof/proveOnLocalAzure";
import { differencesOf, type ProofReport } from "../proof/report";
import { type DeployingOptions, deployingCommand, exitCodeOf, localConfig, readFaults } from "./command";
import { landscapePage } from "./landscapePage";
import { Phases } from "./phases";
import { deploymentText, proofText, seconds } from "./terminal";

interface StartOptions extends DeployingOptions {
  readonly report: string;
}

const projectFolder = path.dirname(__dirname);

/** Exit codes: 0 the landscape is as declared and without a grave finding, 1 it is not, 2 that could not be found out. */
async function start({ stack, engine, report: reportFile, faults: faultFile }: StartOptions): Promise<number> {
  const faults = readFaults(faultFile);
  const phases = new Phases();
  const azure = await phases.run("Start the local Azure", () => startLocalAzure({ faults }));
  try {
    const deployer = await createDeployer(engine, { azure, projectFolder, stack });
    let deployment: DeploymentResult;
    let report: ProofReport;
    try {
      deployment = await phases.run(`Deploy stack ${stack}`, (progress) => {
        let done = 0;
        return deployer.up({
          config: localConfig(azure),
          onResource: ({ name }) => progress(`${++done} resources, the last one ${name}`),
        });
      });
      report = await phases.run("Prove every call", (progress) =>
        proveOnLocalAzure(azure, deployment.outputs, (done, total) => progress(`${done} of ${total}`)),
      );
    } finally {
      await deployer.dispose();
    }
    const reviewed = await phases.run(`Review stack ${stack}`, async () => {
      const resources = await evaluateOffline(projectFolder, stack);
      return review(resources, { today: new Date().toISOString().slice(0, 10), waivers: readWaivers() });
    });
    const page = await landscapePage({ stack, report, deployment, phases: phases.times });
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
    await azure.close();
  }
}

deployingCommand(
  "start",
  "Deploys a stack onto a local Azure, proves every call of its landscape, and reviews it.\nExit codes: 0 as declared, 1 not as declared or a finding of high severity, 2 could not be found out.",
)
  .option("-r, --report <file>", "where the page goes", "reports/landscape.html")
  .action((options: StartOptions) => exitCodeOf(start(options)))
  .parse();
