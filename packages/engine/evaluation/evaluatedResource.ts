/** A resource as the review sees it, wherever it was read from. */
export interface EvaluatedResource {
  readonly urn: string;
  /** As in `azuread:index/applicationPassword:ApplicationPassword`. */
  readonly type: string;
  readonly id: string;
  /** The URN of the component that it is part of; empty for none. */
  readonly parent: string;
  /** What is not known, before a deployment or because it is encrypted, is an {@link UnknownValue}. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The URNs of the resources that a property's value was taken from, by the property. */
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
  /** A component groups resources, and is none itself. Default false. */
  readonly component?: boolean;
  /** The properties whose values are secret. Default none. */
  readonly secrets?: readonly string[];
  /** What the program says of the resource beside its properties. */
  readonly options?: ResourceOptions;
}

export interface ResourceOptions {
  /** It cannot be deleted. */
  readonly protect?: boolean;
  /** Pulumi keeps it in Azure when it is removed from the stack. */
  readonly retainOnDelete?: boolean;
  /** Where the provider's plugin is downloaded from, in place of where Pulumi publishes it. */
  readonly pluginDownloadURL?: string;
  /** The properties that a deployment leaves as they are in Azure, whatever the program says. */
  readonly ignoreChanges?: readonly string[];
  /** The id of an existing resource that the deployment takes over. */
  readonly import?: string;
  /** The name of the provider, if it is not the default one. */
  readonly provider?: string;
  /** Other names and URNs of the resource: the deployment takes over the resource that has one. */
  readonly aliases?: readonly string[];
}

/** Only what is set. */
export const resourceOptions = (options: ResourceOptions): ResourceOptions => {
  const { protect, retainOnDelete, pluginDownloadURL, ignoreChanges, import: imported, provider, aliases } = options;
  const all = { protect, retainOnDelete, pluginDownloadURL, ignoreChanges, import: imported, provider, aliases };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value))),
  );
};

/** The name of a provider that Pulumi creates by itself, from the settings of the stack: `default`, or with its version. */
export const isDefaultProvider = (name: string): boolean => /^default(_|$)/.test(name);

const unknownKey = "microservice-identities:unknown";

/** In the place of a value that cannot be known here. Plain data, so that it survives being sent and saved. */
export interface UnknownValue {
  /** Why, as in `is encrypted`. */
  readonly [unknownKey]: string;
}

export const unknownValue = (why: string): UnknownValue => ({ [unknownKey]: why });

export const isUnknown = (value: unknown): value is UnknownValue =>
  typeof value === "object" && value !== null && unknownKey in value;

/** Why a value is not known. */
export const whyUnknown = (value: UnknownValue): string => value[unknownKey];

/** The last part of a URN: the resource's name. */
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

/** As in `AppRoleAssignment`. */
export const kindOf = ({ type }: EvaluatedResource): string => type.split(":").at(-1) as string;

/** The stack that resources are of, or the stacks: `finance-dev, shop-dev`; empty for none. */
export const stackOf = (resources: readonly EvaluatedResource[]): string =>
  [...new Set(resources.map(({ urn }) => urn.split("::")[0]?.split(":")[2] ?? ""))].sort().join(", ");
