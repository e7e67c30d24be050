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
 * A resource was created, but a later step of its creation failed. As with the real engine, it stays in the state, and the next
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
 * A resource was created, but could not be read right afterwards. The real provider treats it as gone, and no state contains
 * it. The message is that of Pulumi's bridge, because error hooks parse it.
 */
export class ForgottenError extends Error {
  constructor(what: string) {
    super(`expected non-nil error with nil state during Create of ${what}`);
  }
}

/** Creates, changes and deletes resources of one type, with the requests of the real provider. */
export interface ResourceType {
  /** The known inputs. Any other input is refused, not ignored. */
  readonly inputs: readonly string[];
  /** The inputs whose change replaces the resource, or all of them. */
  readonly replaceOn: readonly string[] | "all";
  /** Whether a replacement has the same address, so that the old resource must be deleted first. Default false. */
  deletesBeforeReplace?(azure: AzureClient, before: Properties, after: Properties): boolean;
  /** The mistakes that the real provider refuses in a preview. */
  check?(azure: AzureClient, inputs: Properties): Promise<void>;
  /** @throws IncompleteError, ForgottenError or the refusal of a request */
  create(azure: AzureClient, inputs: Properties): Promise<CreatedResource>;
  /** @returns the outputs */
  update?(azure: AzureClient, state: ResourceState, inputs: Properties): Promise<Properties>;
  /**
   * Whether the state has the wanted properties after a failed update, so that only a refresh finds the difference: so does a
   * provider of Terraform. Default false: the state keeps the properties before the update.
   */
  readonly recordsFailedUpdates?: boolean;
  delete(azure: AzureClient, state: ResourceState): Promise<void>;
  /** The existing resource with an id, as an import and a refresh read it; `undefined` if there is none. */
  read(azure: AzureClient, id: string): Promise<Properties | undefined>;
}

/** A function of a provider. */
export type ProviderFunction = (azure: AzureClient, args: Properties) => Promise<Properties>;

export const text = (inputs: Properties, name: string): string => String(inputs[name]);
