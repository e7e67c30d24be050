import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { perProgram } from "./perProgram";

/**
 * Creates a resource hook with a unique name. It runs in the context of the program that creates it.
 *
 * The engine calls a hook outside this context. In a plugin, the SDK keeps the connection to the engine in the context of the call that
 * creates the component, so a hook that reads a resource needs this context.
 *
 * @param name must be the same in each deployment, because the state of a resource contains the names of its hooks
 */
export const resourceHook = (name: string, hook: pulumi.ResourceHookFunction): pulumi.ResourceHook =>
  new pulumi.ResourceHook(uniqueName(name), AsyncResource.bind(hook));

/** The same for a hook that decides whether the engine retries a failed operation. */
export const errorHook = (name: string, hook: pulumi.ErrorHookFunction): pulumi.ErrorHook =>
  new pulumi.ErrorHook(uniqueName(name), AsyncResource.bind(hook));

/**
 * Makes the name of a resource hook unique: the engine identifies hooks by name, and two components may have the same name.
 *
 * The result stays the same if components are added elsewhere in the program: the state of each resource contains the names
 * of its hooks, and the engine writes a resource again if they change.
 */
export function uniqueName(name: string): string {
  const uses = usesOfNames();
  const use = (uses.get(name) ?? 0) + 1;
  uses.set(name, use);
  return use === 1 ? name : `${name}-${use}`;
}

const usesOfNames = perProgram(() => new Map<string, number>());
