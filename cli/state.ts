import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { rowOf, type StateRow } from "./audit/declared";
import { CommandError } from "./command";
import { projectFolder } from "./projectFolder";

/** The resources in the state of a stack, which the Pulumi CLI reads. @throws CommandError without a CLI */
export async function stateOf(stack: string): Promise<StateRow[]> {
  if (findPulumiCli() === undefined)
    throw new CommandError(
      "there is no Pulumi CLI on the PATH to read the state with: pass the output of `pulumi stack export` with --state <file>",
    );
  return (await (await PulumiCliStack.ofProject(projectFolder, stack)).resources()).map(rowOf);
}

/** The error for a state that is not that of a deployed landscape. */
export function noRegistration({
  stack,
  state,
}: {
  readonly stack: readonly string[];
  readonly state?: readonly string[];
}) {
  const place = state?.join(", ") ?? `the state of ${stack.join(", ")}`;
  return new CommandError(
    `${place} has no app registration (azuread:Application); allowed: the state of a deployed landscape. Deploy the stack, or name another one with --stack or --state`,
  );
}
