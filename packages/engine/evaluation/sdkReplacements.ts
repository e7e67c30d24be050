import type { Resource } from "@pulumi/pulumi";
import { type ResourceOptions, resourceOptions } from "./evaluatedResource";
import { isOutput, outputFunctions } from "./outputs";
import { inputOf, type ResourceSink, register } from "./registration";

/** A module of the SDK that the program uses. The SDK looks up its own functions there at each call. */
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
  options: Options,
  ...rest: unknown[]
) => void;

type TextOption = "deletedWith" | "replacementTrigger" | "replaceWith" | "hooks" | "stateMigrations";

/** The options as a program writes them. */
interface Options extends Omit<ResourceOptions, "import" | "provider" | "aliases" | TextOption> {
  readonly import?: unknown;
  readonly provider?: Named;
  readonly aliases?: unknown;
  readonly deletedWith?: unknown;
  readonly replacementTrigger?: unknown;
  readonly replaceWith?: readonly unknown[];
  readonly hooks?: Readonly<Record<string, readonly unknown[] | undefined>>;
  readonly stateMigrations?: readonly unknown[];
  readonly transforms?: readonly unknown[];
  readonly dependsOn?: unknown;
}

/**
 * Replaces the SDK's Outputs and registrations by ones with far fewer promises and without messages: for a landscape of 1,000
 * services, the SDK's own take most of the time and the memory.
 *
 * @returns a function that lists the work that still waits for a value
 */
export function replaceSdkFunctions(sdk: (module: string) => SdkModule, sink: ResourceSink): () => string[] {
  for (const module of [sdk("@pulumi/pulumi"), sdk("@pulumi/pulumi/output")]) replace(module, outputFunctions);

  const { rpcKeepAlive } = sdk("@pulumi/pulumi/runtime/settings") as { rpcKeepAlive(): () => void };
  const { gatherExplicitDependencies } = sdk("@pulumi/pulumi/runtime/dependsOn") as {
    gatherExplicitDependencies(dependsOn: unknown): Promise<readonly Resource[]>;
  };
  const waiting = new Set<{ readonly what: string }>();
  let done: (() => void) | undefined;
  /** The SDK waits for this work before it ends. */
  const hold = (what: string, work: Promise<unknown>) => {
    const held = { what };
    waiting.add(held);
    done ??= rpcKeepAlive();
    void work.then(() => {
      waiting.delete(held);
      if (waiting.size > 0) return;
      done?.();
      done = undefined;
    });
  };

  const versionOf = installedVersions(sdk);
  const registration = sdk("@pulumi/pulumi/runtime/resource");
  const registerBySdk = registration.registerResource as RegisterResource;
  const registerOutputsBySdk = registration.registerResourceOutputs as (resource: Resource, outputs: unknown) => void;
  const registerResource: RegisterResource = (...args) => {
    const [resource, parent, type, name, custom, remote, , inputs, options] = args;
    if (type === stackType) return registerBySdk(...args);
    const { additionalSecretOutputs: secretOutputs = [], transforms = [], dependsOn } = options;
    const registered = register(sink, {
      resource,
      parent,
      type,
      name,
      custom,
      inputs,
      secretOutputs,
      dependsOn: dependsOn ? gatherExplicitDependencies(dependsOn) : undefined,
      options: readable(options, versionOf(type)),
      refused: remote ? refusals.remote : transforms.length > 0 ? refusals.transforms : undefined,
    });
    hold(`${name} (${type})`, registered);
  };
  replace(registration, {
    registerResource,
    // Hooks run only in a deployment, and a server for them would have to be closed.
    registerResourceHook: async () => {},
    registerErrorHook: async () => {},
    /** Nothing reads the outputs of a component, but errors in them must be reported. */
    registerResourceOutputs: (resource: Resource & { __pulumiType?: string; __name?: string }, outputs: unknown) => {
      const { __pulumiType: type, __name: name } = resource;
      if (type === stackType) return registerOutputsBySdk(resource, outputs);
      const resolving = inputOf(outputs);
      if (resolving instanceof Promise) hold(`the outputs of ${name} (${type})`, resolving);
    },
  });
  // The stack trace of each resource is expensive, and the review finds places in the definition instead.
  replace(sdk("@pulumi/pulumi").Resource as SdkModule, { stackTrace: () => [] });
  return () => [...waiting].map(({ what }) => what);
}

/** The version of the installed package that a type belongs to; `undefined` for a package that is not found by its name. */
function installedVersions(sdk: (module: string) => SdkModule): (type: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  const find = (name: string): string | undefined => {
    for (const scope of ["@pulumi", "@pulumiverse"]) {
      try {
        return `${sdk(`${scope}/${name}/package.json`).version}`.replace(/^v/, "");
      } catch {
        // The package has another scope. If it is not found at all, its version counts as another version.
      }
    }
    return undefined;
  };
  return (type) => {
    const name = (type.startsWith("pulumi:providers:") ? type.split(":")[2] : type.split(":")[0]) ?? "";
    if (!known.has(name)) known.set(name, find(name));
    return known.get(name);
  };
}

/** A resource of the SDK with its internal name. */
type Named = Resource & { readonly __name?: string };

/** The options as plain values: another resource as its name, an Output as the note that it is one. */
function readable(options: Options, installed: string | undefined): ResourceOptions {
  const { import: imported, provider, aliases, version, deletedWith, replacementTrigger } = options;
  const { replaceWith = [], hooks = {}, stateMigrations = [], ...others } = options;
  const optional = (value: unknown) => (value === undefined ? undefined : textOf(value));
  return resourceOptions({
    ...others,
    // Each package sets its own version on each of its resources.
    version: version === installed ? undefined : version,
    deletedWith: optional(deletedWith),
    replacementTrigger: optional(replacementTrigger),
    import: optional(imported),
    provider: provider?.__name,
    aliases: Array.isArray(aliases) ? aliases.filter(isPrograms).map(textOf) : [],
    replaceWith: replaceWith.map(textOf),
    hooks: Object.entries(hooks).flatMap(([when, functions = []]) => functions.map(() => when)),
    // Not its source, which depends on the compiler.
    stateMigrations: stateMigrations.map(() => "a function"),
  });
}

/** azure-native adds aliases that contain only a type, for other versions of Azure's API. */
const isPrograms = (alias: unknown): boolean =>
  typeof alias !== "object" || alias === null || isOutput(alias) || Object.keys(alias).join() !== "type";

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return `${value}`;
  if (isOutput(value) || value instanceof Promise) return "a value that only the deployment knows";
  if ("__name" in value) return `${value.__name}`;
  return JSON.stringify(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, textOf(each)])));
}

const stackType = "pulumi:pulumi:Stack";

const refusals = {
  remote: "the resources of a plugin's component are unknown offline: review the deployed state (--state)",
  transforms: "the effect of its transforms is unknown offline: review the deployed state (--state)",
};

function replace(module: SdkModule, replacements: SdkModule): void {
  for (const [name, replacement] of Object.entries(replacements)) {
    if (typeof module[name] !== "function")
      throw new Error(
        `this version of @pulumi/pulumi has no ${name}: the review needs the version in package-lock.json`,
      );
    module[name] = replacement;
  }
}
