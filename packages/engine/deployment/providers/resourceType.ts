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

/**
 * A resource was made, and a later step of its creation failed. As the real engine does: it stays in the state, and the next
 * deployment updates it.
 */
export class IncompleteError extends Error {
  constructor(
    message: string,
    readonly made: CreatedResource,
  ) {
    super(message);
  }
}

/**
 * A resource was made, and could not be read right afterwards: the real provider takes it for gone, and it is in no state.
 * In the words of Pulumi's bridge, which error hooks read.
 */
export class ForgottenError extends Error {
  constructor(what: string) {
    super(`expected non-nil error with nil state during Create of ${what}`);
  }
}

/** How a resource of one type is brought into being, changed and removed, by the requests of its real provider. */
export interface ResourceType {
  /** The inputs that it understands; any other is refused rather than ignored. */
  readonly inputs: readonly string[];
  /** The inputs whose change makes a new resource, or all of them. */
  readonly replaceOn: readonly string[] | "all";
  /** Whether a replacement would have the address of what it replaces, which has to be deleted first. Default: it would not. */
  deletesBeforeReplace?(azure: AzureClient, before: Properties, after: Properties): boolean;
  /** What the real provider refuses in a preview already. */
  check?(azure: AzureClient, inputs: Properties): Promise<void>;
  /** @throws IncompleteError, ForgottenError or the refusal of a request */
  create(azure: AzureClient, inputs: Properties): Promise<CreatedResource>;
  /** @returns the outputs */
  update?(azure: AzureClient, state: ResourceState, inputs: Properties): Promise<Properties>;
  delete(azure: AzureClient, state: ResourceState): Promise<void>;
  /** What is there under an id, as an import and a refresh read it; none where there is nothing. */
  read(azure: AzureClient, id: string): Promise<Properties | undefined>;
}

/** A function of a provider. */
export type ProviderFunction = (azure: AzureClient, args: Properties) => Promise<Properties>;

export const text = (inputs: Properties, name: string): string => String(inputs[name]);
