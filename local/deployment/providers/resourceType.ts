import type { AzureClient } from "../azureClient";

export type Properties = Record<string, unknown>;

export interface ResourceState {
  readonly id: string;
  readonly inputs: Properties;
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
  /** Outputs that are secret whatever the program says. */
  readonly secretOutputs?: readonly string[];
  create(azure: AzureClient, inputs: Properties): Promise<{ id: string; outputs: Properties }>;
  /** @returns the outputs */
  update?(azure: AzureClient, state: ResourceState, inputs: Properties): Promise<Properties>;
  delete(azure: AzureClient, state: ResourceState): Promise<void>;
}

/** A function of a provider. */
export type ProviderFunction = (azure: AzureClient, args: Properties) => Promise<Properties>;

export const text = (inputs: Properties, name: string): string => String(inputs[name]);
