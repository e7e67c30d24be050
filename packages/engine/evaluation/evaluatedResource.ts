/** A resource as the review sees it, whatever its source. */
export interface EvaluatedResource {
  readonly urn: string;
  /** For example `azuread:index/applicationPassword:ApplicationPassword`. */
  readonly type: string;
  readonly id: string;
  /** The URN of the component that it is part of; empty for none. */
  readonly parent: string;
  /** A value that is unknown, before a deployment or because it is encrypted, is an {@link UnknownValue}. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** For each property, the URNs of the resources that its value comes from. */
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
  /** Whether it is a component, which only groups resources. Default false. */
  readonly component?: boolean;
  /** The properties whose values are secret. Default none. */
  readonly secrets?: readonly string[];
  /** The resource options. */
  readonly options?: ResourceOptions;
  /** When it was created, of a resource in a state that records it, for example `2026-11-25T08:00:00Z`. */
  readonly created?: string;
}

/** All options but `dependsOn`, which decides only when a resource is made, and changes with each call that is added. */
export interface ResourceOptions {
  /** It cannot be deleted. */
  readonly protect?: boolean;
  /** Pulumi keeps it in Azure when it is removed from the stack. */
  readonly retainOnDelete?: boolean;
  /** Where the provider's plugin is downloaded from, if not from Pulumi. */
  readonly pluginDownloadURL?: string;
  /** The properties that a deployment does not change in Azure. */
  readonly ignoreChanges?: readonly string[];
  /** The id of an existing resource that the deployment takes over. */
  readonly import?: string;
  /** The name of the provider, if it is not the default one. */
  readonly provider?: string;
  /** Other names and URNs of the resource: the deployment takes over the resource that has one. */
  readonly aliases?: readonly string[];
  /** The version of the provider's plugin, if it is not that of the installed package. */
  readonly version?: string;
  /** The resource with which it is deleted, without a deletion of its own. */
  readonly deletedWith?: string;
  /** The properties for which it is replaced if they change. */
  readonly replaceOnChanges?: readonly string[];
  /** It is replaced if this value changes. */
  readonly replacementTrigger?: string;
  /** It is deleted before its replacement is created. */
  readonly deleteBeforeReplace?: boolean;
  /** How long the deployment waits, for example `{ create: "10m" }`. */
  readonly customTimeouts?: unknown;
  /** The outputs that are secret, in addition to those that the provider marks. */
  readonly additionalSecretOutputs?: readonly string[];
  /** The properties whose differences a preview does not show. */
  readonly hideDiffs?: readonly string[];
  /** The resources with which it is replaced. */
  readonly replaceWith?: readonly string[];
  /** When a deployment calls functions of the program for it, once for each function: for example `afterCreate`. */
  readonly hooks?: readonly string[];
  /** `a function` for each function that rewrites its state. */
  readonly stateMigrations?: readonly string[];
  /** For a provider: the environment variables that it reads, by those that the process has. */
  readonly envVarMappings?: Readonly<Record<string, string>>;
}

const optionKeys = [
  ...(["protect", "retainOnDelete", "pluginDownloadURL", "ignoreChanges", "import", "provider", "aliases"] as const),
  ...(["version", "deletedWith", "replaceOnChanges", "replacementTrigger", "deleteBeforeReplace"] as const),
  ...(["customTimeouts", "additionalSecretOutputs", "hideDiffs", "replaceWith", "hooks", "stateMigrations"] as const),
  "envVarMappings" as const,
];

/** The options that are set. */
export const resourceOptions = (options: ResourceOptions): ResourceOptions =>
  Object.fromEntries(
    optionKeys
      .map((key) => [key, options[key]] as const)
      .filter(([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value))),
  );

/** The name of a provider that Pulumi creates by itself, from the settings of the stack: `default`, or with its version. */
export const isDefaultProvider = (name: string): boolean => /^default(_|$)/.test(name);

/** The name of the provider in a reference (URN and id), if the program made it. */
export function explicitProvider(reference: string): string | undefined {
  const [, , , name = ""] = reference.split("::");
  return name === "" || isDefaultProvider(name) ? undefined : name;
}

const unknownKey = "microservice-identities:unknown";

/** Replaces a value that is unknown here. Plain data, so that it can be sent and saved. */
export interface UnknownValue {
  /** The reason, for example `is encrypted`. */
  readonly [unknownKey]: string;
}

export const unknownValue = (why: string): UnknownValue => ({ [unknownKey]: why });

export const isUnknown = (value: unknown): value is UnknownValue =>
  typeof value === "object" && value !== null && unknownKey in value;

/** Why a value is unknown. */
export const whyUnknown = (value: UnknownValue): string => value[unknownKey];

/** The last part of a URN: the resource's name. */
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

/** A URN names all types from the outermost component on; the last one is the resource's. */
export const typeIn = (urn: string): string => (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";

/** For example `AppRoleAssignment`. */
export const kindOf = ({ type }: EvaluatedResource): string => type.split(":").at(-1) as string;

/** The stack or stacks of resources, for example `finance-dev, shop-dev`; empty for none. */
export const stackOf = (resources: readonly Pick<EvaluatedResource, "urn">[]): string =>
  [...new Set(resources.map(({ urn }) => urn.split("::")[0]?.split(":")[2] ?? ""))].sort().join(", ");
