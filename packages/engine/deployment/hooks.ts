import * as grpc from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import { type Callback, CallbackInvokeRequest } from "@pulumi/pulumi/proto/callback_pb";
import * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import { nameOf } from "../evaluation/evaluatedResource";
import { toWire } from "./propertyValues";
import type { Properties } from "./providers/resourceType";

/** When a hook of a resource runs. For errors see {@link BoundHooks.onError}. */
const served = ["beforeCreate", "afterCreate", "beforeUpdate", "afterUpdate"] as const;
export type HookMoment = (typeof served)[number];

/** The arguments of a hook. */
interface HookedResource {
  readonly urn: string;
  readonly type: string;
  /** Absent before the creation. */
  readonly id?: string;
  readonly inputs: Properties;
  /** Present only after the operation. */
  readonly outputs?: Properties;
}

/** The hooks of a resource, which are functions of the program. The engine runs them as the real one does. */
export interface BoundHooks {
  /** @throws Error of a hook: the deployment fails */
  run(moment: HookMoment, resource: HookedResource): Promise<void>;
  /** @param errors of all attempts, the newest first; @returns whether a hook requests another attempt */
  onError(
    operation: "create" | "update",
    resource: HookedResource & { readonly errors: readonly string[] },
  ): Promise<boolean>;
}

/** The moments at which a resource has hooks, once for each hook. */
export const hookMoments = (binding: resourcePb.RegisterResourceRequest.ResourceHooksBinding | undefined): string[] =>
  Object.entries(binding?.toObject() ?? {}).flatMap(([list, names]) => names.map(() => list.replace(/List$/, "")));

/** A program's resource hooks by name. The engine calls the program to run them. */
export class Hooks {
  private readonly callbacks = new Map<string, Callback>();
  private readonly clients = new Map<string, CallbacksClient>();

  register(name: string, callback: Callback | undefined): void {
    if (!callback) throw new Error(`the resource hook ${name} has no callback`);
    if (this.callbacks.has(name)) throw new Error(`resource hook already registered for name "${name}"`);
    this.callbacks.set(name, callback);
  }

  /** @throws Error for a kind of hook that this engine does not run */
  bound(binding: resourcePb.RegisterResourceRequest.ResourceHooksBinding): BoundHooks {
    const given = binding.toObject();
    const others = Object.entries(given).filter(
      ([kind, names]) =>
        names.length > 0 && kind !== "onErrorList" && !served.some((moment) => kind === `${moment}List`),
    );
    if (others.length > 0)
      throw new Error(
        `the resource hooks ${others.map(([kind]) => kind.replace(/List$/, "")).join(", ")} need a Pulumi CLI; known without one: ${served.join(", ")}, onError`,
      );
    return {
      run: async (moment, { urn, type, id = "", inputs, outputs }) => {
        const request = new resourcePb.ResourceHookRequest();
        request.setUrn(urn).setType(type).setId(id).setName(nameOf(urn)).setNewInputs(toWire(inputs, new Set()));
        if (outputs) request.setNewOutputs(toWire(outputs, new Set()));
        for (const name of given[`${moment}List`]) {
          const answer = await this.call(name, request.serializeBinary());
          const error = resourcePb.ResourceHookResponse.deserializeBinary(answer).getError();
          if (error) throw new Error(error);
        }
      },
      onError: async (operation, { urn, type, id = "", inputs, errors }) => {
        const request = new resourcePb.ErrorHookRequest();
        request.setUrn(urn).setType(type).setId(id).setName(nameOf(urn)).setFailedOperation(operation);
        request.setErrorsList([...errors]).setNewInputs(toWire(inputs, new Set()));
        let isRetried = false;
        for (const name of given.onErrorList) {
          const response = resourcePb.ErrorHookResponse.deserializeBinary(
            await this.call(name, request.serializeBinary()),
          );
          if (response.getError()) throw new Error(response.getError());
          isRetried ||= response.getRetry();
        }
        return isRetried;
      },
    };
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }

  private async call(name: string, request: Uint8Array): Promise<Uint8Array> {
    const callback = this.callbacks.get(name);
    if (!callback) throw new Error(`the resource hook ${name} was not registered`);
    const invocation = new CallbackInvokeRequest();
    invocation.setToken(callback.getToken()).setRequest(request);
    const client = this.clientOf(callback.getTarget());
    return new Promise((resolve, reject) => {
      client.invoke(invocation, (error, response) => (error ? reject(error) : resolve(response.getResponse_asU8())));
    });
  }

  private clientOf(target: string): CallbacksClient {
    const client = this.clients.get(target) ?? new CallbacksClient(target, grpc.credentials.createInsecure());
    this.clients.set(target, client);
    return client;
  }
}
