import "../leanSdk";
import { createHash, randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineEvent, OpType, Stack as SdkStack } from "@pulumi/pulumi/automation";
import {
  DeploymentError,
  type DeploymentOptions,
  type DeploymentResult,
  type ExistingResource,
  noOperations,
  type Operation,
  type Operations,
  type Stack,
  type StackOptions,
  type StateResource,
} from "./stack";

/** The SDK's automation API. It takes long to load, and most commands that can ask the CLI do not always ask it. */
const automation = () => require("@pulumi/pulumi/automation") as typeof import("@pulumi/pulumi/automation");

/** Options of the CLI. */
export interface CliOptions {
  /** Folders of policy packs. Default: none. */
  readonly policyPacks?: string[];
  /** For each policy pack, a file that changes how its policies are enforced. Default: none. */
  readonly policyPackConfigs?: string[];
  /** How many resources are processed at the same time. Default: the CLI's, four for each processor. */
  readonly parallel?: number;
  /**
   * Whether `up` always refreshes with `pulumi up --refresh`. After it, the azuread provider adds a value again that the refresh removed, so
   * the CLI writes the whole state for each resource. Default: `up` refreshes only if a comparison finds a difference.
   */
  readonly alwaysRefresh?: true;
  /** Environment variables of the CLI, for example `PULUMI_DIY_BACKEND_ZSTD`, in addition to this process's own. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Receives the output of the CLI. */
  readonly onOutput?: (text: string) => void;
}

/**
 * A stack that the Pulumi CLI deploys, with its state in separate files. The project's folder stays unchanged, because the CLI
 * would write its encryption salt into `Pulumi.{stack}.yaml`.
 */
export class PulumiCliStack implements Stack {
  private given: readonly string[] = [];

  private constructor(
    private readonly stack: SdkStack,
    private readonly version: string,
    /** Where the CLI stores the state, with encrypted secrets; absent for a project's own stack. */
    readonly folder?: string,
    private readonly cli: CliOptions = {},
  ) {}

  static async create(
    { azure, projectFolder, stack: name, backend }: StackOptions,
    cli: CliOptions = {},
  ): Promise<PulumiCliStack> {
    const folder = await mkdtemp(path.join(tmpdir(), "pulumi-stack-"));
    try {
      const project = path.join(folder, "project");
      await mirrorProject(projectFolder, project, name);
      const caFile = path.join(folder, "ca.pem");
      await writeFile(caFile, azure.caCertificate);
      const { LocalWorkspace, Stack } = automation();
      const workspace = await LocalWorkspace.create({
        workDir: project,
        secretsProvider: "passphrase",
        envVars: {
          ...azure.deployer,
          SSL_CERT_FILE: caFile,
          NODE_EXTRA_CA_CERTS: caFile,
          PULUMI_BACKEND_URL: `file://${backend?.folder ?? folder}`,
          // Exists as long as the state that it encrypts: as long as this object, or the backend.
          PULUMI_CONFIG_PASSPHRASE: backend?.passphrase ?? randomBytes(24).toString("base64url"),
          PULUMI_SKIP_UPDATE_CHECK: "true",
          // Here, the providers must find Azure only through the metadata host.
          ARM_USE_CLI: "false",
          ARM_USE_MSI: "false",
          ARM_USE_OIDC: "false",
          ...cli.environment,
        },
      });
      const stack = await Stack.createOrSelect(name, workspace);
      return new PulumiCliStack(stack, workspace.pulumiVersion, folder, cli);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * A stack of the project in its folder, as `pulumi` deploys it there: with the project's own settings and backend, signed
   * in as the environment says.
   *
   * @throws DeploymentError when there is no such stack
   */
  static async ofProject(projectFolder: string, name: string, cli: CliOptions = {}): Promise<PulumiCliStack> {
    try {
      const { LocalWorkspace, Stack } = automation();
      const workspace = await LocalWorkspace.create({ workDir: projectFolder, envVars: { ...cli.environment } });
      return new PulumiCliStack(await Stack.select(name, workspace), workspace.pulumiVersion, undefined, cli);
    } catch (error) {
      throw new DeploymentError(name, problemsIn((error as Error).message));
    }
  }

  /** The same stack, with other options of the CLI; the environment variables stay. */
  with(cli: Omit<CliOptions, "environment">): PulumiCliStack {
    return new PulumiCliStack(this.stack, this.version, this.folder, cli);
  }

  get engine(): string {
    return `pulumi ${this.version}`;
  }

  async up({ config, onResource, continueOnError, refresh }: DeploymentOptions = {}): Promise<DeploymentResult> {
    await this.configure(config);
    const operations = noOperations();
    const { policyPacks, policyPackConfigs, parallel, alwaysRefresh, onOutput } = this.cli;
    const needsRefresh = alwaysRefresh || (refresh && (await this.drift()) > 0);
    const outputs = await this.carriedOut(() =>
      this.stack.up({
        color: "never",
        continueOnError,
        refresh: needsRefresh,
        policyPacks,
        policyPackConfigs,
        parallel,
        onOutput,
        onEvent: (event) => this.count(event, operations, onResource),
      }),
    );
    const resources: Record<string, number> = {};
    const exported = await this.stack.exportStack();
    for (const { type, custom } of (exported.deployment.resources ?? []) as { type: string; custom?: boolean }[]) {
      if (custom && !type.startsWith("pulumi:providers:")) resources[type] = (resources[type] ?? 0) + 1;
    }
    const values = Object.fromEntries(Object.entries(outputs.outputs).map(([name, { value }]) => [name, value]));
    return { engine: this.engine, operations, resources, outputs: values };
  }

  async preview({ config }: DeploymentOptions = {}): Promise<Operations> {
    await this.configure(config);
    const operations = noOperations();
    const { policyPacks, policyPackConfigs, parallel, onOutput } = this.cli;
    const { changeSummary } = await this.carriedOut(() =>
      this.stack.preview({ color: "never", policyPacks, policyPackConfigs, parallel, onOutput }),
    );
    for (const [operation, count] of Object.entries(changeSummary))
      operations[operationOf(operation as OpType)] += count ?? 0;
    return operations;
  }

  async refresh(): Promise<number> {
    const { summary } = await this.carriedOut(() => this.stack.refresh({ color: "never" }));
    return changesIn(summary.resourceChanges ?? {});
  }

  /** How many resources differ from the state, which stays as it is: `pulumi refresh --preview-only`. */
  async drift(): Promise<number> {
    const { parallel, onOutput } = this.cli;
    const { changeSummary } = await this.carriedOut(() =>
      this.stack.previewRefresh({ color: "never", parallel, onOutput }),
    );
    return changesIn(changeSummary);
  }

  async destroy(): Promise<void> {
    const { parallel, onOutput } = this.cli;
    await this.carriedOut(() => this.stack.destroy({ color: "never", parallel, onOutput }));
  }

  async resources(): Promise<readonly StateResource[]> {
    const { deployment } = await this.stack.exportStack();
    const resources = (deployment.resources ?? []) as Partial<StateResource>[];
    return resources.map(({ urn = "", type = "", id = "", outputs = {}, created }) => ({
      urn,
      type,
      id,
      outputs,
      ...(created === undefined ? {} : { created }),
    }));
  }

  /** How large the state is that the CLI writes for each step, in bytes. */
  async stateBytes(): Promise<number> {
    return Buffer.byteLength(JSON.stringify(await this.stack.exportStack()));
  }

  async takeOver(existing: readonly ExistingResource[]): Promise<void> {
    // The import file refers to parents and providers by names from its own table.
    const word = (reference: string) => `r${createHash("sha256").update(reference).digest("hex").slice(0, 16)}`;
    const referred = existing.flatMap(({ parent, provider }) => (provider ? [parent, provider] : [parent]));
    const nameTable = Object.fromEntries(referred.map((reference) => [word(reference), reference]));
    const resources = existing.map(({ type, urn, id, parent, provider }) => ({
      type,
      id,
      name: word(urn),
      logicalName: urn.split("::").slice(3).join("::"),
      parent: word(parent),
      ...(provider ? { provider: word(provider) } : {}),
    }));
    const { onOutput } = this.cli;
    await this.carriedOut(() =>
      this.stack.import({ resources, nameTable, protect: false, generateCode: false, onOutput }),
    );
  }

  /** Removes the lock that a killed deployment left: `pulumi cancel`. */
  async cancel(): Promise<void> {
    await this.carriedOut(() => this.stack.cancel());
  }

  async dispose(): Promise<void> {
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  /** Removes settings of an earlier deployment that this one does not have. */
  private async configure(config: DeploymentOptions["config"] = {}): Promise<void> {
    for (const key of this.given) if (!(key in config)) await this.stack.removeConfig(key);
    for (const [key, value] of Object.entries(config)) await this.stack.setConfig(key, { value });
    this.given = Object.keys(config);
  }

  private async carriedOut<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new DeploymentError(this.stack.name, problemsIn((error as Error).message));
    }
  }

  private count(
    { resOutputsEvent }: EngineEvent,
    operations: Record<Operation, number>,
    onResource: DeploymentOptions["onResource"],
  ) {
    if (!resOutputsEvent) return;
    const { op, type, urn } = resOutputsEvent.metadata;
    // Components are not resources in Azure, and the engine's internal steps are not counted.
    if (!type.includes("/") && !type.startsWith("azure-native:")) return;
    if (["create-replacement", "delete-replaced", "read", "refresh"].includes(op)) return;
    const operation = operationOf(op);
    operations[operation]++;
    onResource?.({ operation, type, name: urn.split("::").slice(3).join("::") });
  }
}

const operationOf = (op: OpType): Operation =>
  op === "create" || op === "update" || op === "replace" || op === "delete" ? op : "same";

/** A folder with links to the project, and with its own settings files, which the CLI may change. */
async function mirrorProject(from: string, to: string, stack: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from)) {
    if (entry === "Pulumi.yaml" || entry === `Pulumi.${stack}.yaml`)
      await copyFile(path.join(from, entry), path.join(to, entry));
    else if (!/^(\.git|Pulumi\..+\.yaml)$/.test(entry)) await symlink(path.join(from, entry), path.join(to, entry));
  }
}

/** The CLI's output under "Diagnostics", if there is any. */
function problemsIn(output: string): string[] {
  const diagnostics = /^Diagnostics:\n([\s\S]*?)(?=^(?:Outputs|Resources|Duration|stderr|Policies)\b|(?![\s\S]))/m.exec(
    output,
  )?.[1];
  return [(diagnostics ?? output).trim().replaceAll(/\n\s*\n/g, "\n")];
}

const changesIn = ({ same: _, ...changed }: Readonly<Partial<Record<string, number>>>): number =>
  Object.values(changed).reduce<number>((sum, count) => sum + (count ?? 0), 0);
