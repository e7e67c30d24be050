import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as enginePb from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import { resetOptions } from "@pulumi/pulumi/runtime/settings";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { AzureClient } from "./azureClient";
import {
  type Deployer,
  DeploymentError,
  type DeploymentOptions,
  type DeploymentResult,
  noOperations,
  type Operations,
  type ResourceEvent,
  type StackOptions,
} from "./deployment";
import { type Project, readProject, readStackConfig } from "./project";
import { fromWire, toWire } from "./propertyValues";
import type { Properties } from "./providers/resourceType";
import { ResourceOperations, type WantedResource } from "./resourceOperations";
import { type DeployedResource, StackState } from "./stackState";

export const builtInEngineName = "the built-in engine (no pulumi CLI on PATH)";

const stackType = "pulumi:pulumi:Stack";

/** Answers one request of the program. */
type Handler<Request, Response> = (request: Request) => Promise<Response> | Response;

/**
 * A stack deployed without a Pulumi CLI: its program runs as the CLI's language host runs it, in a process of its own, and
 * its resource registrations are answered by the requests that the real providers send.
 */
export class BuiltInStack implements Deployer {
  readonly engine = builtInEngineName;
  /**
   * @param program runs in this process in place of the project's own, as often as one likes: for many deployments one
   *   after the other, without the seconds that a new process takes. One that fails leaves rejected promises behind
   * @param state what earlier deployments left behind. Default: nothing
   */
  constructor(
    private readonly options: StackOptions,
    private readonly program?: () => Promise<unknown>,
    private readonly state = new StackState(),
  ) {}

  /** The same stack, its program in a process of its own. */
  inOwnProcess(): BuiltInStack {
    return new BuiltInStack(this.options, undefined, this.state);
  }

  async up({ config, onResource }: DeploymentOptions = {}): Promise<DeploymentResult> {
    const { operations, outputs } = await this.run(false, config, onResource);
    this.state.outputs = outputs;
    const resources: Record<string, number> = {};
    for (const { type } of this.state.resources.values()) resources[type] = (resources[type] ?? 0) + 1;
    return { engine: builtInEngineName, operations, resources, outputs };
  }

  async preview({ config, onResource }: DeploymentOptions = {}): Promise<Operations> {
    return (await this.run(true, config, onResource)).operations;
  }

  refresh(): Promise<number> {
    return this.withOperations((work) => work.refresh());
  }

  async destroy(): Promise<void> {
    await this.withOperations((work) => work.deleteUnwanted());
    this.state.outputs = {};
  }

  async dispose(): Promise<void> {}

  private async run(
    preview: boolean,
    overrides: DeploymentOptions["config"],
    onResource: DeploymentOptions["onResource"],
  ): Promise<{ operations: Operations; outputs: Properties }> {
    const { stack, projectFolder } = this.options;
    const operations = noOperations();
    const count = (event: ResourceEvent) => {
      operations[event.operation]++;
      onResource?.(event);
    };
    const outputs = await this.withOperations(
      async (work) => {
        const project = await readProject(projectFolder);
        const config = { ...(await readStackConfig(projectFolder, stack)), ...overrides };
        const monitor = new Monitor(work, project, stack, this.state.outputs);
        await (this.program
          ? runInProcess(this.program, project, stack, config, monitor, preview)
          : runProgram(project, stack, config, monitor, preview));
        await work.deleteUnwanted();
        return monitor.stackOutputs;
      },
      count,
      preview,
    );
    return { operations, outputs };
  }

  private async withOperations<T>(
    work: (operations: ResourceOperations) => Promise<T>,
    onResource: (event: ResourceEvent) => void = () => {},
    preview = false,
  ): Promise<T> {
    const client = new AzureClient(this.options.azure);
    try {
      return await work(new ResourceOperations(client, this.state, onResource, preview));
    } catch (error) {
      throw error instanceof DeploymentError
        ? error
        : new DeploymentError(this.options.stack, [(error as Error).message]);
    } finally {
      await client.close();
    }
  }
}

/** Who answers a program's registrations and calls. */
export interface ProgramHost {
  register(resource: WantedResource): Promise<Pick<DeployedResource, "id" | "outputs">>;
  call(token: string, args: Properties): Promise<Properties>;
  /** A component, which is no resource of Azure. */
  component?(component: Pick<WantedResource, "urn" | "type" | "inputs">): void;
}

/**
 * Runs a project's program as the CLI would, in a process of its own, and has its registrations answered by `host`.
 *
 * @param lastOutputs what the program sees as its last outputs
 * @returns the outputs
 * @throws DeploymentError
 */
export async function runProject(
  projectFolder: string,
  stack: string,
  host: ProgramHost,
  lastOutputs: Properties = {},
): Promise<Properties> {
  const project = await readProject(projectFolder);
  const monitor = new Monitor(host, project, stack, lastOutputs);
  await runProgram(project, stack, await readStackConfig(projectFolder, stack), monitor, false);
  return monitor.stackOutputs;
}

/** The two services that a program talks to, on a port of loopback. */
class Monitor {
  readonly problems: string[] = [];
  stackOutputs: Properties = {};
  /** Called when a resource has failed and none is being worked on any more: nothing else is to be begun. */
  onFailed = (): void => {};
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly server = new grpc.Server();
  private stackUrn = "";

  constructor(
    private readonly work: ProgramHost,
    private readonly project: Project,
    private readonly stack: string,
    private readonly lastOutputs: Properties,
  ) {
    this.server.addService(ResourceMonitorService as unknown as grpc.ServiceDefinition, {
      supportsFeature: unary((request: resourcePb.SupportsFeatureRequest) => {
        const response = new resourcePb.SupportsFeatureResponse();
        response.setHassupport(["secrets", "deletedWith"].includes(request.getId()));
        return response;
      }),
      registerResource: unary((request: resourcePb.RegisterResourceRequest) => this.registerResource(request)),
      registerResourceOutputs: unary((request: resourcePb.RegisterResourceOutputsRequest) => {
        if (request.getUrn() === this.stackUrn) this.stackOutputs = fromWire(request.getOutputs()).values;
        return new Empty();
      }),
      invoke: unary(async (request: resourcePb.ResourceInvokeRequest) => {
        const response = new resourcePb.ResourceInvokeResponse();
        response.setReturn(toWire(await this.call(request.getTok(), fromWire(request.getArgs()).values), new Set()));
        return response;
      }),
      registerPackage: unary(() => new resourcePb.RegisterPackageResponse()),
      signalAndWaitForShutdown: unary(() => new Empty()),
    });
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

  close(): void {
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
      this.work.component?.({ urn, type, inputs: fromWire(request.getObject()).values });
      response.setObject(request.getObject());
      return response;
    }
    if (this.problems.length > 0) throw new Error("not begun: the deployment has already failed");
    const { values: inputs, secretNames } = fromWire(request.getObject());
    const wanted = {
      urn,
      type,
      inputs,
      parent: request.getParent(),
      deletedWith: request.getDeletedwith(),
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
    };
    const registration = refuseWhatIsNotServed(request).then(() => this.work.register(wanted));
    this.underWay.add(registration);
    try {
      const { id, outputs } = await registration;
      for (const secret of request.getAdditionalsecretoutputsList()) secretNames.add(secret);
      if (type.endsWith(":ApplicationPassword")) secretNames.add("value");
      response.setId(id);
      response.setObject(toWire({ ...inputs, ...outputs }, secretNames));
      return response;
    } catch (error) {
      this.problems.push(`${name} (${type}): ${(error as Error).message}`);
      throw error;
    } finally {
      this.underWay.delete(registration);
      if (this.problems.length > 0 && this.underWay.size === 0) this.onFailed();
    }
  }

  /** A stack may read one stack's outputs here: its own last ones. */
  private call(token: string, args: Properties): Promise<Properties> | Properties {
    if (token !== "pulumi:pulumi:readStackOutputs") return this.work.call(token, args);
    const self = `organization/${this.project.name}/${this.stack}`;
    if (args.name !== self) throw new Error(`reading the outputs of ${args.name} needs a Pulumi CLI`);
    return { name: self, outputs: this.lastOutputs, secretOutputNames: [] };
  }

  /** What was begun is finished and remembered, whatever has become of the program. */
  async finished(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  /** https://www.pulumi.com/docs/iac/concepts/resources/names/#urns: a child's type begins with its parents'. */
  private urnOf(parent: string, type: string, name: string): string {
    const parentType = parent.split("::")[2];
    const qualified = parentType && parentType !== stackType ? `${parentType}$${type}` : type;
    return `urn:pulumi:${this.stack}::${this.project.name}::${qualified}::${name}`;
  }
}

/** Options that would change what is deployed must not be passed over in silence. */
async function refuseWhatIsNotServed(request: resourcePb.RegisterResourceRequest): Promise<void> {
  const given = {
    import: request.getImportid() !== "",
    aliases: request.getAliasesList().length > 0,
    ignoreChanges: request.getIgnorechangesList().length > 0,
    transforms: request.getTransformsList().length > 0,
  };
  const names = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (names.length > 0) throw new Error(`the resource option ${names.join(", ")} needs a Pulumi CLI`);
}

/** As Pulumi's Automation API runs a program that is a function. */
async function runInProcess(
  program: () => Promise<unknown>,
  project: Project,
  stack: string,
  config: Record<string, string>,
  monitor: Monitor,
  preview: boolean,
): Promise<void> {
  const address = await monitor.listen();
  const unhandled: Error[] = [];
  const note = (error: Error) => unhandled.push(error);
  process.on("unhandledRejection", note);
  try {
    resetOptions(project.name, stack, 64, address, address, preview, "organization");
    pulumi.runtime.setAllConfig(config, []);
    await pulumi.runtime.runInPulumiStack(program);
    await pulumi.runtime.disconnect();
  } catch (error) {
    unhandled.push(error as Error);
  } finally {
    await monitor.finished();
    monitor.close();
    process.off("unhandledRejection", note);
  }
  if (monitor.problems.length === 0 && unhandled.length === 0) return;
  throw new DeploymentError(
    stack,
    monitor.problems.length > 0 ? monitor.problems : unhandled.map(({ message }) => message),
  );
}

async function runProgram(
  project: Project,
  stack: string,
  config: Record<string, string>,
  monitor: Monitor,
  preview: boolean,
): Promise<void> {
  const address = await monitor.listen();
  const runner = createRequire(path.join(project.folder, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const program = spawn(
    process.execPath,
    [
      ...project.nodeArguments,
      runner,
      `--monitor=${address}`,
      `--engine=${address}`,
      `--project=${project.name}`,
      `--stack=${stack}`,
      "--organization=organization",
      `--root-directory=${project.folder}`,
      `--pwd=${project.main}`,
      "--parallel=64",
      ...(preview ? ["--dry-run"] : []),
      ".",
    ],
    {
      cwd: project.main,
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: "[]",
        PULUMI_NODEJS_TYPESCRIPT: "false",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  // As the CLI: a program is not asked for its opinion of a failed resource.
  monitor.onFailed = () => program.kill("SIGKILL");
  try {
    const output = collected(program);
    const [code, signal] = (await once(program, "close")) as [number | null, string | null];
    await monitor.finished();
    if (code !== 0 || monitor.problems.length > 0)
      throw new DeploymentError(stack, problemsOf(monitor, output(), signal ?? `exit code ${code}`));
  } finally {
    monitor.close();
    program.kill();
  }
}

/** A resource that failed is also reported by the program that waited for it: once is enough. */
function problemsOf(monitor: Monitor, output: string, ending: string): readonly string[] {
  const firsthand = monitor.problems.filter((problem) => !problem.includes("failed to register new resource"));
  if (firsthand.length > 0) return [...new Set(firsthand)];
  return monitor.problems.length > 0
    ? monitor.problems
    : [`the program ended with ${ending}`, ...(output ? [output] : [])];
}

function collected(program: ChildProcess): () => string {
  let text = "";
  for (const stream of [program.stdout, program.stderr])
    stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text.trim();
}

function unary<Request, Response>(handler: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handler(call.request))
      .then(
        (response) => callback(null, response),
        (error: Error) => callback({ code: grpc.status.UNKNOWN, details: error.message }),
      );
  };
}
