import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as enginePb from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { explicitProvider, nameOf, resourceOptions } from "../evaluation/evaluatedResource";
import { Hooks, hookMoments } from "./hooks";
import type { Project } from "./project";
import { fromWire, toWire } from "./propertyValues";
import type { Properties } from "./providers/resourceType";
import type { WantedResource } from "./resourceOperations";
import type { DeployedResource } from "./stackState";
import { unary } from "./unary";

const stackType = "pulumi:pulumi:Stack";

/** Handles a program's registrations and calls. */
export interface ProgramHost {
  register(resource: WantedResource): Promise<Pick<DeployedResource, "id" | "outputs">>;
  call(token: string, args: Properties): Promise<Properties>;
  /** The outputs of another stack by its full name; `undefined` if it does not exist. Default: no stack exists. */
  outputsOf?(stack: string): Properties | undefined;
  /** A component, which is not a resource in Azure. */
  component?(component: Pick<WantedResource, "urn" | "type" | "parent" | "inputs">): void;
}

/** The two gRPC services that a program calls, on a port of loopback. */
export class Monitor {
  readonly problems: string[] = [];
  stackOutputs: Properties = {};
  /** The names of the stack's outputs that are secret. */
  secretOutputs: readonly string[] = [];
  /** Called after a resource has failed and no other is in progress. Nothing more is started. */
  onFailed = (): void => {};
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly server = new grpc.Server();
  private readonly resourceMonitor: Record<string, grpc.handleUnaryCall<never, unknown>>;
  private readonly hooks = new Hooks();
  private stackUrn = "";

  constructor(
    private readonly work: ProgramHost,
    private readonly project: Project,
    private readonly stack: string,
    private readonly lastOutputs: Properties,
    /** Whether to deploy the resources that do not depend on a failed one. Default false. */
    private readonly continueOnError = false,
  ) {
    this.resourceMonitor = {
      supportsFeature: unary((request: resourcePb.SupportsFeatureRequest) => {
        const response = new resourcePb.SupportsFeatureResponse();
        response.setHassupport(["secrets", "deletedWith", "resourceHooks", "errorHooks"].includes(request.getId()));
        return response;
      }),
      registerResource: unary((request: resourcePb.RegisterResourceRequest) => this.registerResource(request)),
      registerResourceOutputs: unary((request: resourcePb.RegisterResourceOutputsRequest) => {
        if (request.getUrn() === this.stackUrn) {
          const { values, secretNames } = fromWire(request.getOutputs());
          this.stackOutputs = values;
          this.secretOutputs = [...secretNames].sort();
        }
        return new Empty();
      }),
      invoke: unary(async (request: resourcePb.ResourceInvokeRequest) => {
        const response = new resourcePb.ResourceInvokeResponse();
        response.setReturn(toWire(await this.call(request.getTok(), fromWire(request.getArgs()).values), new Set()));
        return response;
      }),
      readResource: unary((request: resourcePb.ReadResourceRequest) => {
        throw new Error(`${request.getName()} (${request.getType()}): reading an existing resource needs a Pulumi CLI`);
      }),
      registerResourceHook: unary((request: resourcePb.RegisterResourceHookRequest) => {
        this.hooks.register(request.getName(), request.getCallback());
        return new Empty();
      }),
      registerErrorHook: unary((request: resourcePb.RegisterErrorHookRequest) => {
        this.hooks.register(request.getName(), request.getCallback());
        return new Empty();
      }),
      registerPackage: unary(() => new resourcePb.RegisterPackageResponse()),
      signalAndWaitForShutdown: unary(() => new Empty()),
    };
    this.server.addService(
      ResourceMonitorService as unknown as grpc.ServiceDefinition,
      this.resourceMonitor as grpc.UntypedServiceImplementation,
    );
    this.server.addService(EngineService as unknown as grpc.ServiceDefinition, {
      log: unary((request: enginePb.LogRequest) => {
        if (request.getSeverity() === enginePb.LogSeverity.ERROR) this.problems.push(request.getMessage().trim());
        return new Empty();
      }),
      getRootResource: unary(() => {
        const response = new enginePb.GetRootResourceResponse();
        response.setUrn(this.stackUrn);
        return response;
      }),
      setRootResource: unary((request: enginePb.SetRootResourceRequest) => {
        this.stackUrn = request.getUrn();
        return new enginePb.SetRootResourceResponse();
      }),
      requirePulumiVersion: unary(() => new enginePb.RequirePulumiVersionResponse()),
    });
  }

  /** @returns the address for the program */
  async listen(): Promise<string> {
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return `127.0.0.1:${port}`;
  }

  /** For a program in this process: the same interface as the gRPC client, without a connection. */
  direct(): object {
    return Object.fromEntries(
      Object.keys(ResourceMonitorService).map((method) => [
        method,
        (request: never, callback: grpc.sendUnaryData<unknown>) => {
          const answer: grpc.sendUnaryData<unknown> = (error, response) =>
            callback(error && Object.assign(new Error(error.details), error), response);
          const handle = this.resourceMonitor[method];
          if (handle) handle({ request } as never, answer);
          else answer({ code: grpc.status.UNIMPLEMENTED, details: `there is no ${method} here` });
        },
      ]),
    );
  }

  close(): void {
    this.hooks.close();
    this.server.forceShutdown();
  }

  private async registerResource(
    request: resourcePb.RegisterResourceRequest,
  ): Promise<resourcePb.RegisterResourceResponse> {
    const [type, name] = [request.getType(), request.getName()];
    const urn = this.urnOf(request.getParent(), type, name);
    const response = new resourcePb.RegisterResourceResponse();
    response.setUrn(urn);
    if (!request.getCustom()) {
      if (type === stackType) this.stackUrn = urn;
      this.work.component?.({ urn, type, parent: request.getParent(), inputs: fromWire(request.getObject()).values });
      response.setObject(request.getObject());
      return response;
    }
    if (this.problems.length > 0 && !this.continueOnError) {
      await Promise.allSettled(this.underWay);
      throw new Error("not started: the deployment has already failed");
    }
    const { values: inputs, secretNames } = fromWire(request.getObject());
    const wanted = {
      urn,
      type,
      inputs,
      parent: request.getParent(),
      dependencies: Object.fromEntries(
        [...request.getPropertydependenciesMap().entries()].map(([input, from]) => [input, from.getUrnsList()]),
      ),
      deletedWith: request.getDeletedwith(),
      protect: request.getProtect() ?? false,
      provider: request.getProvider(),
      retainOnDelete: request.getRetainondelete() ?? false,
      ignoreChanges: request.getIgnorechangesList(),
      aliases: request.getAliasurnsList(),
      secrets: [...secretNames].sort(),
      options: resourceOptions({
        protect: request.getProtect(),
        retainOnDelete: request.getRetainondelete(),
        pluginDownloadURL: request.getPlugindownloadurl(),
        ignoreChanges: request.getIgnorechangesList(),
        provider: explicitProvider(request.getProvider()),
        deletedWith: nameOf(request.getDeletedwith()),
        replaceOnChanges: request.getReplaceonchangesList(),
        deleteBeforeReplace: request.getDeletebeforereplace(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        customTimeouts: timeoutsOf(request.getCustomtimeouts()?.toObject()),
        hideDiffs: request.getHidediffsList(),
        hooks: hookMoments(request.getHooks()),
      }),
    };
    const binding = request.getHooks();
    const registration = refuseWhatIsNotServed(request).then(() =>
      this.work.register(binding ? { ...wanted, hooks: this.hooks.bound(binding) } : wanted),
    );
    this.underWay.add(registration);
    try {
      const { id, outputs } = await registration;
      for (const secret of request.getAdditionalsecretoutputsList()) secretNames.add(secret);
      response.setId(id);
      response.setObject(toWire({ ...inputs, ...outputs }, secretNames));
      return response;
    } catch (error) {
      this.problems.push(`${name} (${type}): ${(error as Error).message}`);
      if (!this.continueOnError) {
        // The program ends when it receives a failure, and the hooks of the resources in progress run in the program.
        this.underWay.delete(registration);
        await Promise.allSettled(this.underWay);
        throw error;
      }
      // The program receives the failure, and continues with the resources that do not depend on this one.
      response.setResult(resourcePb.Result.FAIL);
      return response;
    } finally {
      this.underWay.delete(registration);
      if (this.problems.length > 0 && this.underWay.size === 0 && !this.continueOnError) this.onFailed();
    }
  }

  private call(token: string, args: Properties): Promise<Properties> | Properties {
    if (token !== "pulumi:pulumi:readStackOutputs") return this.work.call(token, args);
    const self = `organization/${this.project.name}/${this.stack}`;
    const outputs = args.name === self ? this.lastOutputs : this.work.outputsOf?.(`${args.name}`);
    // The message of the real engine.
    if (!outputs) throw new Error(`unknown stack "${args.name}"`);
    return { name: args.name, outputs, secretOutputNames: [] };
  }

  /** Operations in progress are finished and recorded, even if the program has ended. */
  async finished(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  /** https://www.pulumi.com/docs/iac/concepts/resources/names/#urns: a child's type begins with its parents'. */
  urnOf(parent: string, type: string, name: string): string {
    const parentType = parent.split("::")[2];
    const qualified = parentType && parentType !== stackType ? `${parentType}$${type}` : type;
    return `urn:pulumi:${this.stack}::${this.project.name}::${qualified}::${name}`;
  }
}

async function refuseWhatIsNotServed(request: resourcePb.RegisterResourceRequest): Promise<void> {
  const given = {
    import: request.getImportid() !== "",
    transforms: request.getTransformsList().length > 0,
    replacementTrigger: request.hasReplacementTrigger(),
    replaceOnChanges: request.getReplaceonchangesList().length > 0,
    envVarMappings: request.getEnvvarmappingsMap().getLength() > 0,
  };
  const names = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (names.length > 0) throw new Error(`the resource option ${names.join(", ")} needs a Pulumi CLI`);
}

/** Only the timeouts that are set: the wire format has an empty string for the others. */
function timeoutsOf(
  timeouts: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  const set = Object.entries(timeouts ?? {}).filter(([, value]) => value !== "");
  return set.length > 0 ? Object.fromEntries(set) : undefined;
}
