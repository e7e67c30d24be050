// Before everything that loads the SDK.
import "../leanSdk";
import { AzureClient } from "./azureClient";
import { Monitor, type ProgramHost } from "./monitor";
import { runInProcess, runProgram } from "./program";
import { readProject } from "./project";
import type { Properties } from "./providers/resourceType";
import { ResourceOperations } from "./resourceOperations";
import {
  DeploymentError,
  type DeploymentOptions,
  type DeploymentResult,
  type ExistingResource,
  noOperations,
  type Operations,
  type ResourceEvent,
  type Stack,
  type StackOptions,
  type StateResource,
} from "./stack";
import { namespaced, readStackConfig } from "./stackConfig";
import { StackState } from "./stackState";
import type { DeployerEnvironment } from "./targetAzure";

export const builtInEngineName = "the built-in engine (no Pulumi CLI on the PATH)";

/**
 * A stack that is deployed without a Pulumi CLI. Its program runs in a separate process, as under the CLI's language host. For
 * each resource that it registers, the engine sends the requests that the real provider would send.
 */
export class BuiltInStack implements Stack {
  readonly engine = builtInEngineName;
  /**
   * @param program runs in this process instead of the project's own, for many fast deployments in a row. If it fails, it leaves
   *   rejected promises behind
   * @param state of earlier deployments. Default: empty
   */
  constructor(
    private readonly options: StackOptions,
    private readonly program?: () => Promise<unknown>,
    private readonly state = new StackState(),
  ) {}

  /** The same stack, with its program in a separate process. */
  inOwnProcess(): BuiltInStack {
    return new BuiltInStack(this.options, undefined, this.state);
  }

  /** The same stack with another deployer. */
  signedInAs(signedIn: DeployerEnvironment): BuiltInStack {
    return new BuiltInStack({ ...this.options, signedIn }, this.program, this.state);
  }

  async up({ config, onResource, continueOnError, refresh }: DeploymentOptions = {}): Promise<DeploymentResult> {
    if (refresh) await this.refresh();
    const { operations, outputs } = await this.run(false, config, onResource, continueOnError);
    this.state.outputs = outputs;
    this.options.backend?.outputs.set(await this.fullName(), outputs);
    const resources: Record<string, number> = {};
    for (const { type } of this.state.resources.values())
      if (!type.startsWith("pulumi:providers:")) resources[type] = (resources[type] ?? 0) + 1;
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
    this.options.backend?.outputs.delete(await this.fullName());
  }

  async resources(): Promise<readonly StateResource[]> {
    return [...this.state.resources.values()].map(({ urn, type, id, outputs }) => ({ urn, type, id, outputs }));
  }

  async takeOver(existing: readonly ExistingResource[]): Promise<void> {
    await this.withOperations(async (work) => {
      for (const { urn, id } of existing) await work.takeOver(urn, id);
    });
  }

  async dispose(): Promise<void> {}

  private async run(
    preview: boolean,
    overrides: DeploymentOptions["config"] = {},
    onResource?: DeploymentOptions["onResource"],
    continueOnError = false,
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
        const written = await readStackConfig(projectFolder, stack);
        const config = { ...written, ...namespaced(overrides, project.name) };
        const host: ProgramHost = {
          register: (resource) => work.register(resource),
          call: (token, args) => work.call(token, args),
          outputsOf: (name) => this.options.backend?.outputs.get(name),
        };
        const monitor = new Monitor(host, project, stack, this.state.outputs, continueOnError);
        const run = { project, stack, config, monitor, preview, target: this.options.azure };
        await (this.program ? runInProcess(this.program, run) : runProgram(run));
        await work.deleteUnwanted();
        return monitor.stackOutputs;
      },
      count,
      preview,
    );
    return { operations, outputs };
  }

  private async fullName(): Promise<string> {
    const { name } = await readProject(this.options.projectFolder);
    return `organization/${name}/${this.options.stack}`;
  }

  private async withOperations<T>(
    work: (operations: ResourceOperations) => Promise<T>,
    onResource: (event: ResourceEvent) => void = () => {},
    preview = false,
  ): Promise<T> {
    const { azure, signedIn = azure.deployer, registrar = signedIn, retries } = this.options;
    const { authority, cloud, caCertificate } = azure;
    const [client, ambient] = [registrar, signedIn].map(
      (deployer) => new AzureClient({ authority, cloud, caCertificate, deployer }, retries),
    ) as [AzureClient, AzureClient];
    try {
      return await work(new ResourceOperations(client, this.state, onResource, preview, ambient));
    } catch (error) {
      throw error instanceof DeploymentError
        ? error
        : new DeploymentError(this.options.stack, [(error as Error).message]);
    } finally {
      await Promise.all([client.close(), ambient.close()]);
    }
  }
}
