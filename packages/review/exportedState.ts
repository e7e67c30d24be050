import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { z } from "zod";

const state = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          urn: z.string(),
          type: z.string(),
          custom: z.boolean().optional(),
          id: z.string().default(""),
          parent: z.string().default(""),
          inputs: z.record(z.string(), z.unknown()).default({}),
          outputs: z.record(z.string(), z.unknown()).default({}),
          propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).default({}),
        }),
      )
      .default([]),
  }),
});

/**
 * The resources of an exported stack, as `pulumi stack export` writes it. Secrets in it are encrypted, and stay so.
 *
 * @throws Error that says what is wrong with the data
 */
export function readExportedState(data: unknown): EvaluatedResource[] {
  const parsed = state.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`no exported state: ${issue?.path.join(".") || "it"}: ${issue?.message}`);
  }
  return parsed.data.deployment.resources
    .filter(({ type }) => !type.startsWith("pulumi:"))
    .map(({ urn, type, custom, id, parent, inputs, outputs, propertyDependencies }) => ({
      urn,
      type,
      id,
      parent,
      properties: custom ? { ...inputs, ...outputs } : inputs,
      dependencies: Object.fromEntries(
        Object.entries(propertyDependencies).map(([property, urns]) => [property, urns ?? []]),
      ),
    }))
    .sort((one, other) => (one.urn < other.urn ? -1 : 1));
}
