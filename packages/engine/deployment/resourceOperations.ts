import { isDeepStrictEqual } from "node:util";
import { nameOf, type ResourceOptions, typeIn } from "../evaluation/evaluatedResource";
import type { AzureClient } from "./azureClient";
import { hasDrifted } from "./drift";
import type { BoundHooks } from "./hooks";
import { azureadFunctions } from "./providers/azuread/functions";
import { azureadTypes } from "./providers/azuread/types";
import { azureNativeFunctions, azureNativeTypes } from "./providers/azureNative";
import { providerTypes } from "./providers/explicit";
import { randomTypes } from "./providers/random";
import { IncompleteError, type Properties, type ResourceType } from "./providers/resourceType";
import type { Operation, ResourceEvent } from "./stack";
import type { DeployedResource, StackState } from "./stackState";

const types: Record<string, ResourceType> = { ...azureadTypes, ...azureNativeTypes, ...randomTypes, ...providerTypes };
const functions = { ...azureadFunctions, ...azureNativeFunctions };

/** How often an error hook can request another attempt, as in the real engine. */
const mostAttempts = 100;

/** A resource that a program registers. */
export interface WantedResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Properties;
  /** The URN of the component that it is part of, if any. */
  readonly parent?: string;
  /** For each input, the URNs of the resources that its value comes from. */
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
  readonly deletedWith: string;
  readonly protect: boolean;
  /** The reference of an explicit provider, `{urn}::{id}`. Default: the package's default provider. */
  readonly provider?: string;
  /** Default false. */
  readonly retainOnDelete?: boolean;
  /** The inputs whose changes are ignored. Default: none. */
  readonly ignoreChanges?: readonly string[];
  /** Other URNs that the resource may have had. Default: none. */
  readonly aliases?: readonly string[];
  /** The program's resource hooks of this resource. Default: none. */
  readonly hooks?: BoundHooks;
  /** The inputs whose values are secret. */
  readonly secrets?: readonly string[];
  /** The resource options that a review checks. */
  readonly options?: ResourceOptions;
}

/** Changes what exists to what the program registers, one resource at a time, and records each result at once. */
export class ResourceOperations {
  private readonly wanted = new Set<string>();

  constructor(
    private readonly azure: AzureClient,
    private readonly state: StackState,
    private readonly onResource: (event: ResourceEvent) => void,
    /** Whether only to report the operations, as in a preview. Default false. */
    private readonly preview = false,
    /** The client for resources with an explicit provider. Default: the same client. */
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
    const earlier = before ? undefined : resource.aliases?.find((alias) => this.state.resources.has(alias));
    if (earlier)
      throw new Error(`its alias names a deployed resource, ${nameOf(earlier)}: renaming it needs a Pulumi CLI`);
    const wanted = before ? { ...resource, inputs: withIgnored(resource, before.inputs) } : resource;
    const operation = before ? operationFor(provided, before, wanted.inputs) : "create";
    // As the real engine does: a replacement is followed by a deletion.
    if (operation === "replace" && before?.protect && wanted.protect)
      throw new Error(`${nameOf(urn)} is protected, and this change would replace it: revert the change`);
    if (this.preview) {
      if (operation === "create") await provided.check?.(this.azureOf(resource), wanted.inputs);
      this.report(operation, resource);
      // The result of the creation is not known yet, so the program gets no id and no outputs.
      return before && operation !== "replace" ? before : { ...resource, id: "", outputs: {} };
    }
    const deployed = await this.perform(operation, provided, wanted, before);
    // A registered resource moves to the end of the list. Deletions run backwards, so dependents are deleted first.
    this.state.resources.delete(urn);
    this.state.resources.set(urn, deployed);
    this.report(operation, resource);
    return deployed;
  }

  /** Deletes replaced resources, and resources that the program no longer registers; the newest first. */
  async deleteUnwanted(): Promise<void> {
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
        `${nameOf(locked.urn)} is protected: remove \`protect\` in one deployment, and the resource in the next`,
      );
    for (const resource of gone) {
      if (!this.preview) {
        if (!urns.has(resource.deletedWith)) await this.delete(resource);
        this.state.resources.delete(resource.urn);
      }
      this.report("delete", resource);
    }
  }

  /**
   * Compares the state with what exists: removes missing resources from the state, and marks changed ones for the next deployment.
   *
   * @returns how many resources were missing or changed
   */
  async refresh(): Promise<number> {
    let changed = 0;
    for (const resource of [...this.state.resources.values()]) {
      const { urn, type, id, outputs } = resource;
      const actual = await typeOf(type).read(this.azureOf(resource), id);
      if (actual && !hasDrifted(outputs, actual)) continue;
      changed++;
      if (actual) this.state.resources.set(urn, { ...resource, outputs: { ...outputs, ...actual }, isUnsettled: true });
      else this.state.resources.delete(urn);
    }
    return changed;
  }

  /**
   * Takes an existing resource over into the stack. Its properties are not compared, because the next deployment updates it.
   *
   * @throws Error if there is no resource with the id
   */
  async takeOver(urn: string, id: string): Promise<void> {
    const type = typeIn(urn);
    const outputs = await typeOf(type).read(this.azure, id);
    if (!outputs) throw new Error(`${nameOf(urn)} (${type}): there is no resource with the id ${id}`);
    const { resources } = this.state;
    resources.set(urn, { urn, type, id, inputs: {}, outputs, deletedWith: "", protect: false, isUnsettled: true });
  }

  private async perform(
    operation: Operation,
    provided: ResourceType,
    wanted: WantedResource,
    before: DeployedResource | undefined,
  ): Promise<DeployedResource> {
    const { urn, type, inputs, deletedWith, protect, provider, retainOnDelete, hooks } = wanted;
    const common = { urn, type, inputs, deletedWith, protect, provider, retainOnDelete };
    const azure = this.azureOf(common);
    if (before && operation === "same") {
      // Only the readable properties of a taken-over resource are known.
      const outputs = before.isUnsettled ? { ...inputs, ...before.outputs } : before.outputs;
      return { ...before, ...common, outputs, isUnsettled: false };
    }
    const hooked = { urn, type, inputs };
    if (before && operation === "update" && provided.update) {
      const { id } = before;
      await hooks?.run("beforeUpdate", { ...hooked, id });
      const update = () => provided.update?.(azure, before, inputs) ?? Promise.resolve(before.outputs);
      const outputs = await this.attempted(update, (errors) =>
        hooks?.onError("update", { ...hooked, id, errors }),
      ).catch((error: unknown) => {
        if (provided.recordsFailedUpdates)
          this.state.resources.set(urn, { ...common, id, outputs: { ...before.outputs, ...inputs } });
        throw error;
      });
      const updated = { ...common, id, outputs };
      this.state.resources.set(urn, updated);
      await hooks?.run("afterUpdate", { ...hooked, id, outputs });
      return updated;
    }
    const deletesFirst = before !== undefined && provided.deletesBeforeReplace?.(azure, before.inputs, inputs);
    if (before && deletesFirst) {
      await this.delete(before);
      this.state.resources.delete(urn);
    }
    await hooks?.run("beforeCreate", hooked);
    const made = await this.attempted(
      () => provided.create(azure, inputs),
      (errors) => hooks?.onError("create", { ...hooked, errors }),
    ).catch((error: unknown) => {
      if (error instanceof IncompleteError)
        this.state.resources.set(urn, { ...common, ...error.made, isUnsettled: true });
      throw error;
    });
    const created = { ...common, ...made };
    if (before && !deletesFirst) this.state.replaced.push(before);
    // The new resource is recorded first, because a hook can fail the deployment.
    this.state.resources.set(urn, created);
    await hooks?.run("afterCreate", { ...hooked, ...made });
    return created;
  }

  private async delete(resource: DeployedResource): Promise<void> {
    if (resource.retainOnDelete) return;
    await typeOf(resource.type).delete(this.azureOf(resource), resource);
  }

  /** As in the real engine, error hooks decide about another attempt. */
  private async attempted<T>(
    attempt: () => Promise<T>,
    onError: (errors: readonly string[]) => Promise<boolean> | undefined,
  ): Promise<T> {
    for (const errors: string[] = []; ; ) {
      try {
        return await attempt();
      } catch (error) {
        errors.unshift((error as Error).message);
        if (errors.length >= mostAttempts || !(await onError(errors))) throw error;
      }
    }
  }

  private report(operation: Operation, { type, urn }: { type: string; urn: string }): void {
    // A provider is not a resource in Azure.
    if (type.startsWith("pulumi:providers:")) return;
    this.onResource({ operation, type, name: nameOf(urn) });
  }
}

function operationFor({ replaceOn, update }: ResourceType, before: DeployedResource, after: Properties): Operation {
  // A taken-over or half-created resource is not compared, but updated in place if possible.
  if (before.isUnsettled) return update ? "update" : "same";
  const names = [...new Set([...Object.keys(before.inputs), ...Object.keys(after)])];
  const changed = names.filter((name) => !isDeepStrictEqual(before.inputs[name], after[name]));
  if (changed.length === 0) return "same";
  if (!update || replaceOn === "all") return "replace";
  return changed.some((name) => replaceOn.includes(name)) ? "replace" : "update";
}

/** The inputs, with the old values for those whose changes are ignored. */
function withIgnored({ inputs, ignoreChanges = [] }: WantedResource, before: Properties): Properties {
  const kept = ignoreChanges.filter((name) => name in before).map((name) => [name, before[name]]);
  const rest = Object.entries(inputs).filter(([name]) => !ignoreChanges.includes(name));
  return Object.fromEntries([...rest, ...kept]);
}

function typeOf(type: string): ResourceType {
  const provided = types[type];
  if (!provided)
    throw new Error(`resources of type ${type} need a Pulumi CLI; known without one: ${Object.keys(types).join(", ")}`);
  return provided;
}
