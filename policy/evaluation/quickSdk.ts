import type { Resource } from "@pulumi/pulumi";
import { outputFunctions } from "./outputs";
import { type Registrar, register } from "./registration";

/** A module of the SDK that the program uses: the SDK reads its own functions from there at each call. */
type SdkModule = Record<string, unknown>;

type RegisterResource = (
  resource: Resource,
  parent: Resource | undefined,
  type: string,
  name: string,
  custom: boolean,
  remote: boolean,
  newDependency: unknown,
  inputs: Readonly<Record<string, unknown>>,
  options: { readonly additionalSecretOutputs?: readonly string[]; readonly transforms?: readonly unknown[] },
  ...rest: unknown[]
) => void;

/**
 * Has the SDK's Outputs and registrations done here, by far fewer promises and with no messages between: of a landscape of
 * 1,000 services, the SDK's own take most of the time and of the memory.
 *
 * @returns asks which resources wait for an input
 */
export function quicken(sdk: (module: string) => SdkModule, registrar: Registrar): () => string[] {
  for (const module of [sdk("@pulumi/pulumi"), sdk("@pulumi/pulumi/output")]) replace(module, outputFunctions);

  const { rpcKeepAlive } = sdk("@pulumi/pulumi/runtime/settings") as { rpcKeepAlive(): () => void };
  const registration = sdk("@pulumi/pulumi/runtime/resource");
  const registerBySdk = registration.registerResource as RegisterResource;
  const registerOutputsBySdk = registration.registerResourceOutputs as (resource: Resource, outputs: unknown) => void;
  const waiting = new Set<string>();
  const registerResource: RegisterResource = (resource, parent, type, name, custom, remote, ...rest) => {
    if (type === stackType) return registerBySdk(resource, parent, type, name, custom, remote, ...rest);
    const [, inputs, { additionalSecretOutputs: secretOutputs = [], transforms = [] }] = rest;
    const place = `${name} (${type})`;
    if (remote) throw new Error(`${place}: what is in a component of a plugin cannot be seen ${howToSeeIt}`);
    if (transforms.length > 0) throw new Error(`${place}: what its transforms make of it cannot be seen ${howToSeeIt}`);
    const registered = register(registrar, { resource, parent, type, name, custom, inputs, secretOutputs });
    if (!(registered instanceof Promise)) return;
    const done = rpcKeepAlive();
    waiting.add(place);
    void registered.finally(() => {
      waiting.delete(place);
      done();
    });
  };
  replace(registration, {
    registerResource,
    /** Of a component nobody asks for its outputs here. */
    registerResourceOutputs: (resource: Resource & { __pulumiType?: string }, outputs: unknown) => {
      if (resource.__pulumiType === stackType) registerOutputsBySdk(resource, outputs);
    },
  });
  // Where in the program a resource is made, which costs a stack for each; the review looks for it in the definition.
  replace(sdk("@pulumi/pulumi").Resource as SdkModule, { stackTrace: () => [] });
  return () => [...waiting];
}

const stackType = "pulumi:pulumi:Stack";

const howToSeeIt = "offline: review what is deployed (--state)";

function replace(module: SdkModule, replacements: SdkModule): void {
  for (const [name, replacement] of Object.entries(replacements)) {
    if (typeof module[name] !== "function")
      throw new Error(
        `this version of @pulumi/pulumi has no ${name}: the review is made for that of package-lock.json`,
      );
    module[name] = replacement;
  }
}
