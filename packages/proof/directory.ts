import { cloudNames } from "@microservice-identities/well-known/clouds";
import { z } from "zod";

const service = z.object({
  clientId: z.guid(),
  scope: z.string(),
  roleIds: z.record(z.string(), z.guid()),
  vaultId: z.string().optional(),
  vaultUri: z.url().optional(),
  vaultAuthorization: z.enum(["accessPolicies", "rbac"]).default("accessPolicies"),
  vaultReaderRole: z.guid().optional(),
  credential: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("secret"),
      secretName: z.string(),
      keyIds: z.array(z.guid()),
      expires: z.string(),
      nextRotation: z.string(),
    }),
    z.object({
      kind: z.literal("certificate"),
      secretName: z.string(),
      thumbprint: z.string(),
      keyIds: z.array(z.guid()),
      expires: z.string(),
    }),
    z.object({ kind: z.literal("federated") }),
  ]),
  /** Absent for a service in Kubernetes that signs in with its service account's token. */
  identityClientId: z.guid().optional(),
  identityId: z.string().optional(),
  workload: z
    .object({
      kubernetes: z.array(z.object({ issuer: z.string(), namespace: z.string(), serviceAccount: z.string() })),
    })
    .optional(),
  calls: z.record(z.string(), z.array(z.string())),
  callsOutside: z.record(z.string(), z.object({ scope: z.string(), roles: z.array(z.string()) })).default({}),
});

/** The parts of a stack's outputs that the proof needs. It contains no secret. */
export const provableStack = z.object({
  tenantId: z.guid(),
  /** The cloud of the tenant, if it is not the public one. */
  cloud: z.enum(cloudNames).optional(),
  /** The authority that issues the tokens, if it is not Entra's public cloud. */
  authority: z.string().optional(),
  landscape: z.string().optional(),
  directory: z.record(z.string(), service),
  /** Calls that are not granted yet, because the stack of the API had not been deployed. */
  pendingCalls: z.array(z.string()).optional(),
});

export type ProvableStack = z.output<typeof provableStack>;
export type Directory = z.output<typeof provableStack>["directory"];
export type DirectoryService = z.output<typeof service>;

/**
 * Combines stacks that call each other: services are named `{landscape}/{service}`, and calls between the stacks become calls
 * within the result. A single stack keeps its names.
 *
 * @param outputs of each stack
 * @throws ZodError for the outputs of another program; Error if two stacks have landscapes with the same name
 */
export function oneDirectory(outputs: readonly unknown[]): ProvableStack {
  const stacks = outputs.map((each) => provableStack.parse(each));
  const [first] = stacks;
  if (!first) throw new Error("there is no stack to prove: pass the outputs of at least one");
  if (stacks.length === 1) return first;
  const others = stacks.filter(({ tenantId }) => tenantId !== first.tenantId);
  if (others.length > 0) throw new Error("the stacks belong to several tenants: prove them one by one");
  const directory: Directory = {};
  const nameByScope = new Map<string, string>();
  const qualified = stacks.flatMap(({ landscape = "", directory: services }) =>
    Object.entries(services).map(([name, entry]) => ({ landscape, name: `${landscape}/${name}`, entry })),
  );
  for (const { name, entry } of qualified) {
    if (nameByScope.has(entry.scope) || name in directory)
      throw new Error(`two stacks have a service called ${name}: prove them separately`);
    nameByScope.set(entry.scope, name);
    directory[name] = entry;
  }
  for (const { landscape, name, entry } of qualified) {
    const outside = Object.entries(entry.callsOutside);
    directory[name] = {
      ...entry,
      calls: Object.fromEntries([
        ...Object.entries(entry.calls).map(([api, roles]) => [`${landscape}/${api}`, roles]),
        ...outside.flatMap(([, { scope, roles }]) => {
          const api = nameByScope.get(scope);
          return api === undefined ? [] : [[api, roles]];
        }),
      ]),
      callsOutside: Object.fromEntries(outside.filter(([, { scope }]) => !nameByScope.has(scope))),
    };
  }
  return { tenantId: first.tenantId, cloud: first.cloud, authority: first.authority, directory };
}
