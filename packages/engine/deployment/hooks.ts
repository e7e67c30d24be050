import * as grpc from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import { type Callback, CallbackInvokeRequest } from "@pulumi/pulumi/proto/callback_pb";
import * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import { toWire } from "./propertyValues";
import type { Properties } from "./providers/resourceType";

/** What a hook is told of a resource. */
interface HookedResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Properties;
}

/** The hooks of one resource that this engine runs, as the real one does: they are functions of the program. */
export interface BoundHooks {
  /** @throws Error of a hook: the resource was made, the deployment fails */
  afterCreate(resource: HookedResource & { readonly id: string; readonly outputs: Properties }): Promise<void>;
  /** @param errors of all attempts, the newest first; @returns whether a hook asks for another attempt */
  onError(resource: HookedResource & { readonly errors: readonly string[] }): Promise<boolean>;
}

/** A program's resource hooks, by name; they run in the program, which is called back. */
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
    const others = Object.entries(binding.toObject()).filter(
      ([kind, names]) => names.length > 0 && kind !== "afterCreateList" && kind !== "onErrorList",
    );
    if (others.length > 0)
      throw new Error(
        `the resource hooks ${others.map(([kind]) => kind.replace(/List$/, "")).join(", ")} need a Pulumi CLI; known without one: afterCreate, onError`,
      );
    return {
      afterCreate: async ({ urn, type, id, inputs, outputs }) => {
        const request = new resourcePb.ResourceHookRequest();
        request.setUrn(urn).setType(type).setId(id).setName(nameIn(urn));
        request.setNewInputs(toWire(inputs, new Set())).setNewOutputs(toWire(outputs, new Set()));
        for (const name of binding.getAfterCreateList()) {
          const answer = await this.call(name, request.serializeBinary());
          const error = resourcePb.ResourceHookResponse.deserializeBinary(answer).getError();
          if (error) throw new Error(error);
        }
      },
      onError: async ({ urn, type, inputs, errors }) => {
        const request = new resourcePb.ErrorHookRequest();
        request
          .setUrn(urn)
          .setType(type)
          .setName(nameIn(urn))
          .setFailedOperation("create")
          .setErrorsList([...errors]);
        request.setNewInputs(toWire(inputs, new Set()));
        for (const name of binding.getOnErrorList()) {
          const response = resourcePb.ErrorHookResponse.deserializeBinary(
            await this.call(name, request.serializeBinary()),
          );
          if (response.getError()) throw new Error(response.getError());
          if (response.getRetry()) return true;
        }
        return false;
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

const nameIn = (urn: string): string => urn.split("::").slice(3).join("::");
