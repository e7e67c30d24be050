import { type EngineChoice, engineChoices } from "@microservice-identities/engine/deployment/openStack";
import { type FaultPlan, faultPlan } from "@microservice-identities/local-azure/faults";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { type PolicyFile, policyFile } from "@microservice-identities/local-azure/policies/policies";
import { cloudOption } from "@microservice-identities/local-azure/runningOptions";
import { readYamlFile } from "@microservice-identities/validation/files";
import type { CloudName } from "@microservice-identities/well-known/clouds";
import { type Command, Option } from "commander";
import { command, type HelpText, ofOption, stackOption } from "./command";

/** Options of every command that deploys onto a local Azure. */
export interface DeployingOptions {
  readonly engine: EngineChoice;
  /** A YAML file with a {@link FaultPlan}. */
  readonly faults?: string;
  /** A YAML file with a {@link PolicyFile}. */
  readonly policies?: string;
  readonly cloud: CloudName;
}

export const deployingCommand = (script: string, help: HelpText, stack = stackOption().default("dev")): Command =>
  command(script, help)
    .addOption(stack)
    .addOption(
      new Option(
        "-e, --engine <engine>",
        "what deploys the stack: pulumi is the CLI on the PATH; auto is the CLI if there is one, otherwise built-in",
      )
        .choices(engineChoices)
        .default("auto"),
    )
    .addOption(cloudOption)
    .option("--policies <file>", "a YAML file with the rules that Azure Policy enforces there: docs/landing-zone.md")
    .option("--faults <file>", "a YAML file with the faults that the local Azure injects: docs/faults.md");

export const readFaults = (file: string | undefined): FaultPlan =>
  file === undefined ? {} : ofOption("--faults", () => readYamlFile(file, faultPlan));

export const readPolicies = (file: string | undefined): PolicyFile | undefined =>
  file === undefined ? undefined : ofOption("--policies", () => readYamlFile(file, policyFile));

/** The settings that differ on a local Azure: the authority that issues tokens, and the cloud. */
export const localConfig = ({
  authority,
  cloud,
}: Pick<LocalAzure, "authority" | "cloud">): Readonly<Record<string, string>> => ({ authority, cloud });
