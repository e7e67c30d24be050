import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { settingsType } from "@microservice-identities/engine/evaluation/stackSettings";
import { CommandError } from "./command";

/**
 * The environment of the providers and of the commands that sign in, in which `ARM_ENVIRONMENT` is the stack's cloud.
 *
 * @param wanted the evaluated stack with its settings
 * @throws CommandError if the environment names a different cloud
 */
export function environmentIn(wanted: readonly EvaluatedResource[], environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const cloud = wanted
    .filter(({ type }) => type === settingsType)
    .flatMap(({ properties }) => Object.entries(properties))
    .find(([key]) => /^[^ ]+:cloud$/.test(key))?.[1];
  if (typeof cloud !== "string") return environment;
  const { ARM_ENVIRONMENT: named = cloud } = environment;
  if (named !== cloud)
    throw new CommandError(`the setting cloud is ${cloud}, and ARM_ENVIRONMENT is ${named}: correct one of them`);
  return { ...environment, ARM_ENVIRONMENT: cloud };
}
