import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { oneDirectory } from "@microservice-identities/proof/directory";
import { expiriesOf, expiryProblems } from "@microservice-identities/proof/expiry";
import { ProofObstructed } from "@microservice-identities/proof/obstacles";
import { proveLive } from "@microservice-identities/proof/proveLive";
import { differencesOf } from "@microservice-identities/proof/report";
import { authority, authorityIn } from "@microservice-identities/validation/formats";
import { cloudOf } from "@microservice-identities/well-known/clouds";
import { InvalidArgumentError, Option } from "commander";
import {
  atLeast,
  CommandError,
  command,
  dateOption,
  days,
  exitCodeOf,
  runIfProgram,
  seedOption,
  stacksOption,
} from "./command";
import { Phases } from "./phases";
import { provedApiModule } from "./provedApiModule";
import { outputsIn, outputsOfStack } from "./stackOutputs";
import { proofText, refusalsTried } from "./terminal";

interface VerifyOptions {
  readonly stack: readonly string[];
  readonly outputs?: readonly string[];
  readonly authority?: string;
  readonly serviceTokens?: string;
  readonly refusals: number;
  readonly seed: number;
  readonly perSecond: number;
  readonly patience: number;
  readonly within: number;
  readonly date: string;
}

/** Exit codes: 0 as declared, 1 not as declared or a credential about to expire, 2 could not run. */
async function verify({ stack, outputs, seed, perSecond, patience, ...options }: VerifyOptions): Promise<number> {
  const serviceTokens = options.serviceTokens === undefined ? {} : await tokensIn(options.serviceTokens);
  const given = await Promise.all(outputs ? outputs.map(outputsIn) : stack.map(outputsOfStack));
  const proved = oneDirectory(given);
  const refusals = { size: options.refusals, seed };
  const report = await new Phases()
    .run("Prove the calls", (progress) =>
      proveLive(proved, {
        apiModule: provedApiModule,
        authority: options.authority ?? proved.authority ?? cloudOf(proved).authority,
        serviceTokens,
        refusals,
        perSecond,
        patience: patience * 60,
        onProgress: (done, total) => progress(`${done} of ${total}`),
      }),
    )
    .catch((error: Error) => {
      throw error instanceof ProofObstructed ? new CommandError(`${error.message}\n${whereToRun}`) : error;
    });
  const expiring = expiryProblems(expiriesOf(proved.directory, new Date(options.date)), options.within, 3);
  console.log(`\n${proofText(report)}`);
  console.log(`\n${refusalsTried(refusals)}`);
  console.log(["", ...expiring, expiring.length === 0 ? "No credential is about to expire." : ""].join("\n").trimEnd());
  const differences = differencesOf(report);
  if (differences.length > 0) console.error(`\n${whatToDo}`);
  return differences.length + expiring.length === 0 ? 0 : 1;
}

const whatToDo = [
  "The deployment stays, and a pipeline does not deploy later environments. For each service above:",
  "  npm run doctor -- --stack <stack> --service <service>   says what is wrong with it, and how to correct it",
  "Then start the pipeline again. If the change itself is wrong, revert it on main: the revert is deployed like any change.",
].join("\n");

const whereToRun =
  "This says nothing about the landscape. Run it where the managed identities of all services are assigned, and in a network that their vaults admit: see docs/environments.md";

/** The tokens of service accounts, from a file for each service. With several stacks, the file of `shop/orders` is in the folder `shop`. */
async function tokensIn(folder: string): Promise<Record<string, string>> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: Error) => {
    throw new CommandError(`--service-tokens: ${error.message}`);
  });
  const tokens = files
    .filter((file) => file.isFile())
    .map(async ({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      const service = path.relative(folder, file).split(path.sep).join("/");
      return [service, (await readFile(file, "utf8")).trim()] as const;
    });
  return Object.fromEntries(await Promise.all(tokens));
}

function httpsAddress(given: string): string {
  if (authority.accepts(given)) return authorityIn(given);
  throw new InvalidArgumentError(`Allowed: ${authority.allowed}.`);
}

export const verifyCommand = command("verify", {
  does: "Proves the calls of deployed stacks in the real tenant: each declared call works with exactly its roles, and a sample of all other calls is refused. Run it where the services' managed identities are assigned. It reads secrets and requests tokens as the services do. It prints neither, and changes nothing.",
  exitCodes: {
    0: "as declared",
    1: "not as declared, or a credential expires soon",
    2: "it could not run",
  },
  example: "npm run verify -- --stack prod --refusals 200",
})
  .addOption(stacksOption)
  .option(
    "--outputs <files...>",
    "the outputs of `pulumi stack output --json`, instead of asking the CLI; - is standard input",
  )
  .addOption(
    new Option(
      "--authority <address>",
      "the authority that issues the tenant's tokens; by default the one in the outputs, or the cloud's",
    ).argParser(httpsAddress),
  )
  .option(
    "--service-tokens <folder>",
    "for services in Kubernetes: a folder with one file for each service, which has the service's name and contains the token of its service account",
  )
  .addOption(new Option("--refusals <count>", "how many refusals to try").argParser(atLeast(0)).default(50))
  .addOption(seedOption())
  .addOption(
    new Option("--per-second <count>", "how many attempts to start per second").argParser(atLeast(1)).default(5),
  )
  .addOption(
    new Option(
      "--patience <minutes>",
      "how long to retry results that are not as declared: new grants, revocations and secrets take time to reach all of Entra",
    )
      .argParser(atLeast(0))
      .default(10),
  )
  .addOption(
    new Option(
      "-w, --within <days>",
      "fail if a credential expires sooner and no rotation is due before that, for example 14d",
    )
      .argParser(days)
      .default(14, "14d"),
  )
  .addOption(dateOption)
  .action((options: VerifyOptions) => exitCodeOf(verify(options)));
runIfProgram(__filename, verifyCommand);
