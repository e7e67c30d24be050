import { rm } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { isoDay } from "@microservice-identities/validation/days";
import { bootstrapProject, writeBootstrapSettings } from "../bootstrapProject";
import { projectWith, writeLandscape } from "../project";
import { builtInHost } from "./builtInHost";
import type { DeploymentContext, DeploymentHost } from "./commonCommands";
import { git, gitOrigin, writeFiles } from "./gitOrigin";
import { pipelineFiles } from "./simulatedRepository";

export const deployedStacks = ["dev", "staging", "prod"];
const role = (description: string) => ({ description });

/** The services of the first revision: one of them calls the other. */
export const firstServices = {
  api: {
    description: "An API.",
    appRoles: { "Things.Read": role("Read things."), "Things.Write": role("Write things.") },
  },
  caller: {
    description: "A caller.",
    appRoles: {},
    calls: { api: { roles: ["Things.Read"], because: "It shows things." } },
  },
};

/** Names an app role assignment: `caller-dev → api-dev Things.Read`. */
function grantsIn({ tenant }: LocalAzure, stack: string): string[] {
  const nameOf = (id: string) => tenant.servicePrincipals.get(id)?.displayName ?? "nobody";
  return [...tenant.servicePrincipals.values()]
    .filter(
      ({ displayName }) =>
        displayName.endsWith(`-${stack}`) && !/^id-(registrar|consenter|previewer)/.test(displayName),
    )
    .flatMap(({ id }) => tenant.assignmentsOf(id))
    .map(({ principalId, resourceId, appRoleId }) => {
      const api = tenant.servicePrincipals.get(resourceId);
      const granted = api && tenant.appRolesOf(api).find(({ id }) => id === appRoleId);
      return `${nameOf(principalId)} → ${nameOf(resourceId)} ${granted?.value}`;
    })
    .sort();
}

/** Creates the host that executes the deployments. */
export type HostMaker = (context: DeploymentContext) => Promise<DeploymentHost> | DeploymentHost;

/**
 * Starts a local Azure, deploys the bootstrap of three stacks onto it, and creates a repository with the pipelines and a landscape of
 * two services. The landscape is not deployed yet.
 *
 * @param trustOf the bootstrap's settings of a stack: which jobs can sign in
 * @param hostOf executes the deployments. Default: the built-in engine
 */
export async function bootstrappedStacks(trustOf: (stack: string) => object, hostOf: HostMaker = builtInHost) {
  const now = Date.now();
  const day = (after: number) => isoDay(new Date(now + after * 86_400_000));
  const settings = (production: boolean) => ({
    ...{ location: "westeurope", landscapeFile: "pair.yaml", separateConsent: true, production },
    rotation: { since: day(-1), periodDays: 90, validityDays: 180, overlapDays: 14 },
    vault: { authorization: "accessPolicies", retentionDays: production ? 90 : 7, purgeProtection: production },
  });
  const project = await projectWith({ dev: settings(false), staging: settings(false), prod: settings(true) });
  await writeLandscape(project, "pair", { services: firstServices });
  const { "package.json": _, ...files } = await pipelineFiles();
  // A link to this project's folder, into which the test must not write.
  await rm(path.join(project, "gitlab"));
  await writeFiles(project, files);
  const azure = await startLocalAzure();
  const variables = await bootstrap(azure, trustOf);
  const context: DeploymentContext = { azure, today: day(0) };
  const host = await hostOf(context);
  await host.prepare?.(project, deployedStacks);
  const origin = await gitOrigin(project);
  await rm(project, { recursive: true });
  const asked: string[] = [];
  const reviewers: { approve: (environment: string) => Promise<boolean> } = { approve: async () => true };

  return {
    ...{ azure, origin, context, host, day, reviewers },
    /** The environments whose reviewers were asked. */
    asked,
    approve(environment: string): Promise<boolean> {
      asked.push(environment);
      return reviewers.approve(environment);
    },
    /** The variables of a stack's pipeline: those from the bootstrap, and the stack's backend. */
    variablesOf: (stack: string): Record<string, string> => ({
      ...variables[stack],
      PULUMI_BACKEND_URL: `azblob://state-${stack}`,
    }),
    /** A job's token from an issuer. It is valid for ten minutes, like that of a service connection of Azure DevOps. */
    idToken: async (issuer: string, claims: object, audience: string): Promise<string> =>
      (await azure.clusterIssuer(issuer)).token("", "", {
        ...claims,
        aud: audience,
        exp: Math.floor(Date.now() / 1000) + 600,
      }),
    /** Commits a landscape. @returns the commit */
    async change(services: object, branch = "main"): Promise<string> {
      if (branch !== "main") await git(origin.clone, "checkout", "--quiet", "-B", branch);
      await writeLandscape(origin.clone, "pair", { services });
      const commit = await origin.push(branch, "A change");
      if (branch !== "main") await git(origin.clone, "checkout", "--quiet", "main");
      return commit;
    },
    /** Merges a branch into main. */
    async merge(branch: string): Promise<void> {
      await git(origin.clone, "merge", "--quiet", branch);
      await git(origin.clone, "push", "--quiet", "origin", "main");
    },
    grants: () => Object.fromEntries(deployedStacks.map((stack) => [stack, grantsIn(azure, stack)])),
    tags: async () =>
      Object.fromEntries(
        await Promise.all(
          deployedStacks.map(async (stack) => [
            stack,
            await origin.commitOf(`refs/tags/deployed/${stack}`).catch(() => "none"),
          ]),
        ),
      ),
    /** By stack, the number of versions of the client secret in the vault of each service. */
    secretVersions: () =>
      Object.fromEntries(
        deployedStacks.map((stack) => [
          stack,
          [...azure.subscription.vaults.values()]
            .filter(({ id }) => id.includes(`-${stack}/`))
            .map(({ secrets }) => secrets.get("client-secret")?.length ?? 0),
        ]),
      ),
    async close() {
      await origin.close();
      await host.close?.();
      await azure.close();
    },
  };
}

/** Deploys the bootstrap of each stack. @returns the variables for the pipelines */
async function bootstrap(
  azure: LocalAzure,
  trustOf: (stack: string) => object,
): Promise<Record<string, Record<string, string>>> {
  const folder = await bootstrapProject();
  try {
    const variables = deployedStacks.map(async (stack) => {
      await writeBootstrapSettings(folder, stack, trustOf(stack));
      const projectFolder = path.join(folder, "bootstrap");
      const { outputs } = await new BuiltInStack({ azure, projectFolder, stack }).up();
      return [stack, outputs.variables as Record<string, string>] as const;
    });
    return Object.fromEntries(await Promise.all(variables));
  } finally {
    await rm(folder, { recursive: true });
  }
}
