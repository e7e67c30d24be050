import {
  type EvaluatedResource,
  explicitProvider,
  nameOf,
  type ResourceOptions,
  resourceOptions,
  unknownValue,
} from "@microservice-identities/engine/evaluation/evaluatedResource";
import { check, problemList } from "@microservice-identities/validation/problems";
import { z } from "zod";

const texts = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

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
          protect: z.boolean().optional(),
          retainOnDelete: z.boolean().optional(),
          ignoreChanges: texts,
          replaceOnChanges: texts,
          additionalSecretOutputs: texts,
          deletedWith: z.string().optional(),
          customTimeouts: z.unknown().optional(),
          hideDiff: z.array(z.unknown()).default([]),
          replaceWith: texts,
          replacementTrigger: z.unknown().optional(),
          resourceHooks: z.record(z.string(), texts).default({}),
          provider: z.string().default(""),
          created: z.string().optional(),
        }),
      )
      .default([]),
  }),
});

/**
 * The resources of an exported stack, as `pulumi stack export` writes it. Secrets in it are encrypted, so their values are
 * unknown.
 *
 * @throws Error that says what is wrong with the data
 */
export function readExportedState(data: unknown): EvaluatedResource[] {
  const checked = check(state, data);
  if (!("data" in checked)) {
    const problems = checked.problems.slice(0, 5).map(({ text }) => text);
    throw new Error(
      problemList("is not an exported state; create it with `pulumi stack export --file <file>`", problems),
    );
  }
  return checked.data.deployment.resources
    .map(({ urn, type, custom = false, id, parent, inputs, outputs, propertyDependencies, created, ...others }) => {
      const options = optionsOf(others);
      return {
        urn,
        type,
        id,
        parent,
        properties: readable(custom ? { ...inputs, ...outputs } : { ...outputs, ...inputs }) as Record<string, unknown>,
        dependencies: Object.fromEntries(
          Object.entries(propertyDependencies).map(([property, urns]) => [property, urns ?? []]),
        ),
        ...(custom ? {} : { component: true }),
        ...(Object.keys(options).length > 0 ? { options } : {}),
        ...(created === undefined ? {} : { created }),
      };
    })
    .sort((one, other) => (one.urn < other.urn ? -1 : 1));
}

type StoredResource = z.output<typeof state>["deployment"]["resources"][number];
type Stored = Omit<
  StoredResource,
  "urn" | "type" | "custom" | "id" | "parent" | "inputs" | "outputs" | "propertyDependencies" | "created"
>;

function optionsOf({
  provider,
  hideDiff,
  replaceWith,
  replacementTrigger,
  resourceHooks,
  ...others
}: Stored): ResourceOptions {
  return resourceOptions({
    ...others,
    provider: explicitProvider(provider),
    hideDiffs: hideDiff.map((path) => JSON.stringify(path)),
    replaceWith: replaceWith.map(nameOf),
    replacementTrigger: replacementTrigger === undefined ? undefined : JSON.stringify(replacementTrigger),
    hooks: Object.entries(resourceHooks).flatMap(([when, names]) => names.map(() => when)),
  });
}

/** How Pulumi marks special values: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig.go */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** What a preview writes instead of a value that is known only after the deployment. */
const unknownTexts: readonly string[] = [
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
];

function readable(value: unknown): unknown {
  if (typeof value === "string" && unknownTexts.includes(value))
    return unknownValue("is known only after the deployment");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(readable);
  if (signatureKey in value) {
    const { [signatureKey]: signature, plaintext } = value as Record<string, unknown>;
    if (signature !== secretSignature) return unknownValue("is written in a way that is not understood");
    if (typeof plaintext !== "string") return unknownValue("is encrypted");
    try {
      return readable(JSON.parse(plaintext));
    } catch {
      return unknownValue("cannot be parsed");
    }
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readable(each)]));
}
