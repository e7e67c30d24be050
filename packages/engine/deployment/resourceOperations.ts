import { isDeepStrictEqual } from "node:util";
import { type AzureClient, UnansweredError } from "./azureClient";
import { azureadFunctions, azureadTypes } from "./providers/azuread";
import { azureNativeFunctions, azureNativeTypes } from "./providers/azureNative";
import { providerTypes } from "./providers/explicit";
import { randomTypes } from "./providers/random";
import type { CreatedResource, Properties, ResourceType } from "./providers/resourceType";
import type { Operation, ResourceEvent } from "./stack";
import type { DeployedResource, StackState } from "./stackState";

const types: Record<string, ResourceType> = { ...azureadTypes, ...azureNativeTypes, ...randomTypes, ...providerTypes };
const functions = { ...azureadFunctions, ...azureNativeFunctions };

/** How often a request is made whose answer gets lost. */
const attempts = 4;

/**
 * Repeats what got no answer, unless it turns out to have been done: beyond the retries of a request, which never repeats
 * a POST, and without a pause, because it looks first.
 */
async function answered<T>(work: () => Promise<T>, done?: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnansweredError) || attempt === attempts) throw error;
      const result = await done?.();
      if (result !== undefined) return result;
    }
  }
}

/** What a program says of a resource that it wants. */
export interface WantedResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Properties;
  /** The URN of the component that it is part of, if any. */
  readonly parent?: string;
  /** The URNs of the resources that an input's value was taken from, by the input. */
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
  readonly deletedWith: string;
  readonly protect: boolean;
  /** The reference of a provider of its own, `{urn}::{id}`. Default: the package's default one. */
  readonly provider?: string;
  /** Default false. */
  readonly retainOnDelete?: boolean;
}

/** Makes what is there like what is wanted, one resource at a time, and remembers it at once. */
export class ResourceOperations {
  private readonly wanted = new Set<string>();

  constructor(
    private readonly azure: AzureClient,
    private readonly state: StackState,
    private readonly onResource: (event: ResourceEvent) => void,
    /** Only says what it would do. Default false. */
    private readonly preview = false,
    /** Who does what has a provider of its own. Default: the same. */
    private readonly ambient = azure,
  ) {}

  private azureOf({ provider = "" }: { readonly provider?: string }): AzureClient {
    return /[:$]pulumi:providers:/.test(provider) ? this.ambient : this.azure;
  }

  async call(token: string, args: Properties): Promise<Properties> {
    const provided = functions[token];
    if (!provided)
      throw new Error(
        `the function ${token} needs a Pulumi CLI; known without one: ${Object.keys(functions).join(", ")}`,
      );
    return provided(this.azure, args);
  }

  async register(resource: WantedResource): Promise<DeployedResource> {
    const { urn, type } = resource;
    if (this.wanted.has(urn)) throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    this.wanted.add(urn);
    const provided = typeOf(type);
    const unknown = Object.keys(resource.inputs).filter((name) => !provided.inputs.includes(name));
    if (unknown.length > 0) {
      throw new Error(
        `${unknown.join(", ")}: not known of ${type} without a Pulumi CLI; known: ${provided.inputs.join(", ")}`,
      );
    }
    const before = this.state.resources.get(urn);
    const operation = before ? operationFor(provided, before.inputs, resource.inputs) : "create";
    if (this.preview) {
      this.report(operation, resource);
      // What a creation gives is not known yet: the program gets no id and no outputs.
      return before && operation !== "replace" ? before : { ...resource, id: "", outputs: {} };
    }
    const deployed = await this.perform(operation, provided, resource, before);
    // What is registered again moves to the end: deletions go backwards, and so meet dependents first.
    this.state.resources.delete(urn);
    this.state.resources.set(urn, deployed);
    this.report(operation, resource);
    return deployed;
  }

  /** Deletes what was replaced, and what the program does not want any more; the latest first. */
  async deleteUnwanted(): Promise<void> {
    if (!this.preview) await this.clearBegun();
    while (!this.preview && this.state.replaced.length > 0) {
      const replaced = this.state.replaced.at(-1) as DeployedResource;
      await this.delete(replaced);
      this.state.replaced.pop();
    }
    const gone = [...this.state.resources.values()].filter(({ urn }) => !this.wanted.has(urn)).reverse();
    const urns = new Set(gone.map(({ urn }) => urn));
    const locked = gone.find(({ protect }) => protect);
    if (locked)
      throw new Error(
        `${nameOf(locked.urn)} is protected: take \`protect\` off in one deployment, and remove it in the next`,
      );
    for (const resource of gone) {
      if (!this.preview) {
        if (!urns.has(resource.deletedWith)) await this.delete(resource);
        this.state.resources.delete(resource.urn);
      }
      this.report("delete", resource);
    }
  }

  /** Forgets what is not there any more. @returns how many resources that were */
  async refresh(): Promise<number> {
    let gone = 0;
    for (const resource of [...this.state.resources.values()]) {
      if (await typeOf(resource.type).exists(this.azureOf(resource), resource)) continue;
      this.state.resources.delete(resource.urn);
      gone++;
    }
    return gone;
  }

  private async perform(
    operation: Operation,
    provided: ResourceType,
    { urn, type, inputs, deletedWith, protect, provider, retainOnDelete }: WantedResource,
    before: DeployedResource | undefined,
  ): Promise<DeployedResource> {
    const common = { urn, type, inputs, deletedWith, protect, provider, retainOnDelete };
    const azure = this.azureOf(common);
    if (before && operation === "same") return { ...before, ...common };
    if (before && operation === "update" && provided.update) {
      return { ...common, id: before.id, outputs: await provided.update(azure, before, inputs) };
    }
    if (before && provided.deleteBeforeReplace) {
      await this.delete(before);
      this.state.resources.delete(urn);
    }
    const created = { ...common, ...(await this.create(provided, azure, urn, inputs)) };
    if (before && !provided.deleteBeforeReplace) this.state.replaced.push(before);
    return created;
  }

  private async delete(resource: DeployedResource): Promise<void> {
    if (resource.retainOnDelete) return;
    await answered(() => typeOf(resource.type).delete(this.azureOf(resource), resource));
  }

  /** Written down before it is begun: whatever happens on the way, nothing is made twice. */
  private async create(
    provided: ResourceType,
    azure: AzureClient,
    urn: string,
    inputs: Properties,
  ): Promise<CreatedResource> {
    const left = this.state.begun.get(urn);
    if (left) {
      const recovered = await this.recover(provided, left);
      if (recovered && isDeepStrictEqual(left, inputs)) return this.ended(urn, recovered);
      if (recovered) await answered(() => provided.delete(azure, { ...recovered, inputs: left }));
    }
    this.state.begun.set(urn, inputs);
    const create = () => provided.create(azure, inputs);
    return this.ended(urn, await answered(create, () => this.recover(provided, inputs)));
  }

  private recover({ recover }: ResourceType, inputs: Properties): Promise<CreatedResource | undefined> {
    return answered(async () => recover?.(this.azure, inputs, this.known()));
  }

  private ended(urn: string, created: CreatedResource): CreatedResource {
    this.state.begun.delete(urn);
    return created;
  }

  private known(): ReadonlySet<string> {
    return new Set([...this.state.resources.values(), ...this.state.replaced].map(({ id }) => id));
  }

  /** Deletes what creations left behind that nobody wants any more. */
  private async clearBegun(): Promise<void> {
    for (const [urn, inputs] of [...this.state.begun].reverse()) {
      const provided = typeOf(typeIn(urn));
      const recovered = await this.recover(provided, inputs);
      if (recovered) await answered(() => provided.delete(this.azure, { ...recovered, inputs }));
      this.state.begun.delete(urn);
    }
  }

  private report(operation: Operation, { type, urn }: { type: string; urn: string }): void {
    // A provider is no resource of Azure.
    if (type.startsWith("pulumi:providers:")) return;
    this.onResource({ operation, type, name: nameOf(urn) });
  }
}

function operationFor({ replaceOn, update }: ResourceType, before: Properties, after: Properties): Operation {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
  if (changed.length === 0) return "same";
  if (!update || replaceOn === "all") return "replace";
  return changed.some((name) => replaceOn.includes(name)) ? "replace" : "update";
}

function typeOf(type: string): ResourceType {
  const provided = types[type];
  if (!provided)
    throw new Error(`resources of type ${type} need a Pulumi CLI; known without one: ${Object.keys(types).join(", ")}`);
  return provided;
}

/** A URN names all types from the outermost component on; the last one is the resource's. */
const typeIn = (urn: string): string => (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";

export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
