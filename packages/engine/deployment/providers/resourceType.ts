import type { AzureClient } from "../azureClient";

export type Properties = Record<string, unknown>;

export interface ResourceState {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

export interface CreatedResource {
  readonly id: string;
  readonly outputs: Properties;
}

/** How a resource of one type is brought into being, changed and removed, by the requests of its real provider. */
export interface ResourceType {
  /** The inputs that it understands; any other is refused rather than ignored. */
  readonly inputs: readonly string[];
  /** The inputs whose change makes a new resource, or all of them. */
  readonly replaceOn: readonly string[] | "all";
  /** The new one would have the old one's address: that has to go first. Default false. */
  readonly deleteBeforeReplace?: boolean;
  create(azure: AzureClient, inputs: Properties): Promise<CreatedResource>;
  /**
   * What an earlier creation left behind whose end nobody saw: it is taken over when it can be, else removed. Not needed
   * where creating twice is the same as creating once.
   *
   * @param known the ids of all resources that are accounted for
   */
  recover?(azure: AzureClient, inputs: Properties, known: ReadonlySet<string>): Promise<CreatedResource | undefined>;
  /** @returns the outputs */
  update?(azure: AzureClient, state: ResourceState, inputs: Properties): Promise<Properties>;
  delete(azure: AzureClient, state: ResourceState): Promise<void>;
  /** Whether it is still there. */
  exists(azure: AzureClient, state: ResourceState): Promise<boolean>;
}

/** A function of a provider. */
export type ProviderFunction = (azure: AzureClient, args: Properties) => Promise<Properties>;

export const text = (inputs: Properties, name: string): string => String(inputs[name]);
