import * as pulumi from "@pulumi/pulumi";
import type { ProgramResource } from "../resources";

/** A resource of any type. The setting `resources` names the type. */
class AnyResource extends pulumi.CustomResource {}

/** Deploys the resources that the stack's setting `resources` lists, one after the other. */
const resources = new pulumi.Config().requireObject<readonly ProgramResource[]>("resources");
const made = new Map<string, pulumi.CustomResource>();
/** The outputs that later resources use. */
const outputs = { clientId: undefined, objectId: undefined };
for (const { type, name, inputs, ignoreChanges = [] } of resources) {
  const given = Object.entries(inputs).map(([key, value]) => [key, resolved(value)]);
  const dependsOn = [...made.values()].slice(-1);
  made.set(
    name,
    new AnyResource(
      type,
      name,
      { ...outputs, ...Object.fromEntries(given) },
      { dependsOn, ignoreChanges: [...ignoreChanges] },
    ),
  );
}

function resolved(value: unknown): unknown {
  const { of, output } = (value ?? {}) as { of?: string; output?: string };
  if (of === undefined || output === undefined) return value;
  return made.get(of)?.[output as keyof pulumi.CustomResource];
}
