import * as pulumi from "@pulumi/pulumi";
import { errorHook } from "./hooks";

/**
 * An error hook that says what to do if a deleted vault or secret still reserves the name of a new one. Azure's own message
 * does not name the command that recovers it. It never retries.
 *
 * @param remedy by the inputs of the resource that could not be created
 */
export const explainsSoftDeletion = (
  name: string,
  component: pulumi.Resource,
  remedy: (inputs: Readonly<Record<string, unknown>>) => string,
): pulumi.ErrorHook =>
  errorHook(`${name}-soft-deletion`, async ({ errors, newInputs = {} }) => {
    if (/in (a )?deleted( but recoverable)? state/.test(errors[0] ?? ""))
      await pulumi.log.error(remedy(newInputs), component);
    return false;
  });
