import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import { DeploymentError } from "../local/deployment/deployment";
import { Monitor, type ProgramHost } from "../local/deployment/monitor";
import { runInProcess } from "../local/deployment/program";
import { readProject, readStackConfig } from "../local/deployment/project";
import { graphRoleIds, microsoftGraph } from "./graphPermissions";
import { nameOf, type ReviewedResource } from "./resources";

/** What the process says when it has ended. */
export type Evaluated = Evaluation | { readonly problems: readonly string[] };

export interface Evaluation {
  readonly resources: readonly ReviewedResource[];
  /** The stack's outputs. */
  readonly outputs: StackOutputs;
  /** The full names of other stacks whose outputs it asked for. */
  readonly asked: readonly string[];
}

export type StackOutputs = Readonly<Record<string, unknown>>;

/** What the process is told: the outputs of other stacks, by their full names. */
export type KnownStacks = Readonly<Record<string, StackOutputs>>;

/** Runs the program as at a first deployment. What only Azure could know is made up, the same for the same resource. */
async function evaluate(projectFolder: string, stack: string, known: KnownStacks): Promise<Evaluation> {
  const resources: ReviewedResource[] = [];
  const asked = new Set<string>();
  const host: ProgramHost = {
    async register({ urn, type, inputs, parent = "", dependencies }) {
      const { id, ...computed } = madeUp(urn, type, inputs);
      const outputs = { ...inputs, ...computed };
      resources.push({ urn, type, id, parent, properties: outputs, dependencies });
      return { id, outputs };
    },
    component({ urn, type, parent = "", inputs }) {
      resources.push({ urn, type, id: "", parent, properties: inputs });
    },
    outputsOf(name) {
      asked.add(name);
      return known[name];
    },
    async call(token, { clientId }) {
      if (token.endsWith(":getServicePrincipal")) {
        const appRoleIds = clientId === microsoftGraph ? { appRoleIds: graphRoleIds() } : {};
        return { id: guid(`${clientId}`), objectId: guid(`${clientId}`), clientId, ...appRoleIds };
      }
      if (!token.endsWith(":getClientConfig")) throw new Error(`the review cannot answer ${token} offline`);
      return { id: "config", ...deployer, subscriptionId: guid("subscription") };
    },
  };
  const project = await readProject(projectFolder);
  const config = await readStackConfig(projectFolder, stack);
  const monitor = new Monitor(host, project, stack, {});
  const load = createRequire(path.join(project.folder, "package.json"));
  process.chdir(project.main);
  const program = async () => {
    const exported = load(path.join(project.main, project.entryPoint)) as unknown;
    return typeof exported === "function" ? exported() : exported;
  };
  await runInProcess(program, { project, stack, config, monitor, preview: false });
  resources.sort((one, other) => (one.urn < other.urn ? -1 : 1));
  return { resources, outputs: monitor.stackOutputs, asked: [...asked] };
}

const deployer = { tenantId: guid("tenant"), objectId: guid("deployer"), clientId: guid("deployer", "client") };

function madeUp(urn: string, type: string, inputs: Record<string, unknown>): { id: string } & Record<string, unknown> {
  switch (type.split(":").at(-1)) {
    case "ApplicationRegistration":
      return {
        id: `/applications/${guid(urn, "object")}`,
        objectId: guid(urn, "object"),
        clientId: guid(urn, "client"),
      };
    case "ServicePrincipal":
      return {
        id: `/servicePrincipals/${guid(urn)}`,
        objectId: guid(urn),
        ...(inputs.clientId === microsoftGraph ? { appRoleIds: graphRoleIds() } : {}),
      };
    case "ApplicationPassword":
      return { id: guid(urn), keyId: guid(urn), value: "not known offline" };
    case "ApplicationCertificate":
      return { id: guid(urn), keyId: guid(urn) };
    case "UserAssignedIdentity":
      return { id: urn, name: inputs.resourceName, principalId: guid(urn), clientId: guid(urn, "client") };
    case "Vault": {
      const properties = { ...(inputs.properties as object), vaultUri: `https://${inputs.vaultName}.vault.azure.net/` };
      return {
        id: `/subscriptions/${guid("subscription")}/vaults/${inputs.vaultName}`,
        name: inputs.vaultName,
        properties,
      };
    }
    case "Secret": {
      const properties = { ...(inputs.properties as object), secretUri: `offline:${nameOf(urn)}` };
      return { id: urn, name: inputs.secretName, properties };
    }
    case "ResourceGroup":
      return { id: urn, name: inputs.resourceGroupName };
    case "RandomUuid":
      return { id: guid(urn), result: guid(urn) };
    case "RandomString":
      return { id: urn, result: guid(urn).replaceAll("-", "").slice(0, Number(inputs.length)) };
    default:
      return { id: guid(urn) };
  }
}

function guid(...words: string[]): string {
  const hex = createHash("sha256").update(words.join("/")).digest("hex");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, "$1-$2-4$3-8$4-$5");
}

// Only messages are passed on, and the SDK takes a stack for every promise and every resource: a third of the time.
Error.stackTraceLimit = 0;
process.setSourceMapsEnabled(false);

const [, , projectFolder = "", stack = ""] = process.argv;
process.once("message", (known: KnownStacks) => {
  evaluate(projectFolder, stack, known)
    .catch(
      (error: Error): Evaluated => ({ problems: error instanceof DeploymentError ? error.problems : [error.message] }),
    )
    .then((evaluated) => process.send?.(evaluated, () => process.exit()));
});
