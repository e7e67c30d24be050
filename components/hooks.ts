import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { perProgram } from "./perProgram";

/**
 * A resource hook with a name of its own, which runs in the context of the program that creates it.
 *
 * The engine calls a hook from outside. In a plugin, the SDK keeps the connection to the engine in the context of the call that
 * creates the component, so a hook that reads something needs this context.
 *
 * @param name the same in each deployment, because the state of a resource contains the names of its hooks
 */
export const resourceHook = (name: string, hook: pulumi.ResourceHookFunction): pulumi.ResourceHook =>
  new pulumi.ResourceHook(uniqueName(name), AsyncResource.bind(hook));

/** The same for a hook that decides whether a failed operation is tried again. */
export const errorHook = (name: string, hook: pulumi.ErrorHookFunction): pulumi.ErrorHook =>
  new pulumi.ErrorHook(uniqueName(name), AsyncResource.bind(hook));

/**
 * A name for a resource hook: the engine identifies hooks by name, and two components may have the same name.
 *
 * It does not change if components are added elsewhere in the program, because the state of each resource contains the names
 * of its hooks: if they changed, the engine would write every resource again.
 */
export function uniqueName(name: string): string {
  const uses = usesOfNames();
  const use = (uses.get(name) ?? 0) + 1;
  uses.set(name, use);
  return use === 1 ? name : `${name}-${use}`;
}

const usesOfNames = perProgram(() => new Map<string, number>());
