import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { AzureClient } from "@microservice-identities/engine/deployment/azureClient";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { ResourceOperations } from "@microservice-identities/engine/deployment/resourceOperations";
import { DeploymentError } from "@microservice-identities/engine/deployment/stack";
import { type DeployedResource, StackState } from "@microservice-identities/engine/deployment/stackState";
import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { type Failure, type Outcomes, outcomeOf } from "./outcome";
import type { DifferentialPlan } from "./plans";
import { type ProgramResource, resourcesAfter, type Step } from "./resources";

/** An engine that deploys the resources. */
export interface Host {
  /** @returns the failure, if there was one */
  deploy(resources: readonly ProgramResource[]): Promise<Failure | undefined>;
  /** The names of the resources in the state. */
  state(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export type HostMaker = (azure: LocalAzure) => Promise<Host>;

/** Deploys the steps before the plan's step, then this step under the plan's faults, and then again without faults. */
export async function outcomesOf({ step, faults }: DifferentialPlan, on: HostMaker): Promise<Outcomes> {
  const azure = await startLocalAzure();
  const host = await on(azure);
  const { deployer, tenantId, tenant } = azure;
  const owner = tenant.servicePrincipalOf(deployer.ARM_CLIENT_ID)?.id ?? "";
  const deployed = async () => {
    const failed = await host.deploy(resourcesAfter(step, tenantId, owner));
    return outcomeOf(azure, await host.state(), failed);
  };
  try {
    for (const before of stepsBefore[step]) await host.deploy(resourcesAfter(before, tenantId, owner));
    azure.faults.set(faults);
    const underFaults = await deployed();
    azure.faults.clear();
    return { underFaults, repeated: await deployed() };
  } finally {
    await host.close();
    await azure.close();
  }
}

const stepsBefore: Readonly<Record<Step, readonly Step[]>> = { create: [], change: ["create"], destroy: ["create"] };

/** Calls the built-in engine's operations directly, without a program. */
export const builtInHost: HostMaker = async (azure) => {
  const client = new AzureClient(azure);
  const state = new StackState();
  return {
    async deploy(resources) {
      const operations = new ResourceOperations(client, state, () => {});
      const made = new Map<string, DeployedResource>();
      for (const { type, name, inputs, ignoreChanges } of resources) {
        const given = Object.entries(inputs).map(([key, value]) => [key, resolved(value, made)]);
        const wanted = {
          urn: `urn:pulumi:dev::differential::${type}::${name}`,
          type,
          inputs: Object.fromEntries(given),
          ignoreChanges,
          deletedWith: "",
          protect: false,
        };
        try {
          made.set(name, await operations.register(wanted));
        } catch (error) {
          return { resource: name, message: (error as Error).message };
        }
      }
      try {
        await operations.deleteUnwanted();
      } catch (error) {
        const { message } = error as Error;
        return { resource: "a deletion", message };
      }
      return undefined;
    },
    state: async () => [...state.resources.keys()].map(nameOf),
    close: () => client.close(),
  };
};

function resolved(value: unknown, made: ReadonlyMap<string, DeployedResource>): unknown {
  const { of = "", output = "" } = (value ?? {}) as { of?: string; output?: string };
  const resource = made.get(of);
  return resource === undefined ? value : output === "id" ? resource.id : resource.outputs[output];
}

/** Runs the Pulumi CLI on the PATH with its providers. */
export const pulumiHost: HostMaker = async (azure) => {
  const projectFolder = await mkdtemp(path.join(tmpdir(), "differential-"));
  await cp(path.join(__dirname, "project"), projectFolder, { recursive: true });
  for (const entry of ["package.json", "node_modules"])
    await symlink(path.join(__dirname, "../../..", entry), path.join(projectFolder, entry));
  const stack = await PulumiCliStack.create({ azure, projectFolder, stack: "dev" });
  return {
    async deploy(resources) {
      try {
        await stack.up({ config: { resources: JSON.stringify(resources) } });
        return undefined;
      } catch (error) {
        if (error instanceof DeploymentError) return failureIn(error.problems.join("\n"));
        throw error;
      }
    },
    state: async () =>
      (await stack.resources()).filter(({ type }) => type.startsWith("azuread:")).map(({ urn }) => nameOf(urn)),
    async close() {
      await stack.dispose();
      await rm(projectFolder, { recursive: true, force: true });
    },
  };
};

/** The CLI's diagnostics name the failed resource. For a deletion they contain "deleting urn:…" instead. */
function failureIn(text: string): Failure {
  const resource = /^ *azuread:index\S* \((\w+)\):/m.exec(text)?.[1] ?? "none";
  return { resource: /\bdeleting urn:/.test(text) ? "a deletion" : resource, message: text };
}
