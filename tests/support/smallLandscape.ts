import { rm } from "node:fs/promises";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import type { RetryPolicy } from "@microservice-identities/engine/deployment/retry";
import { StackState } from "@microservice-identities/engine/deployment/stackState";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { converge } from "../../cli/adoption/converge";
import { localTenant } from "../../cli/adoption/localTenant";
import type { TestAzure } from "./azure";
import { projectWith, writeLandscape } from "./project";

const things = { "Things.Read": { description: "Read things." } };
const landscape = {
  services: {
    api: { description: "Has things.", appRoles: things },
    caller: {
      description: "Wants things.",
      appRoles: things,
      calls: { api: { roles: ["Things.Read"], because: "It needs things." } },
    },
  },
};

/** A project with the stack `dev`: two services, `api` and `caller`, each with a vault, and the call from one to the other. */
export class SmallProject {
  private constructor(
    readonly folder: string,
    private readonly wanted: readonly EvaluatedResource[],
  ) {}

  static async create(): Promise<SmallProject> {
    const folder = await projectWith({
      dev: {
        location: "westeurope",
        landscapeFile: "small.yaml",
        date: "2026-11-01",
        rotation: { since: "2026-11-01" },
        vault: { purgeProtection: false },
      },
    });
    await writeLandscape(folder, "small", landscape);
    return new SmallProject(folder, await evaluateOffline(folder, "dev"));
  }

  /** The stack on a local Azure. Its program runs in a separate process, because a failing program leaves rejected promises behind. */
  on({ azure }: TestAzure, retries?: RetryPolicy, state = new StackState()): SmallStack {
    const stack = new BuiltInStack({ azure, projectFolder: this.folder, stack: "dev", retries }, undefined, state);
    const config = { authority: azure.authority };
    return {
      state,
      up: async () => void (await stack.up({ config })),
      converge: async () => {
        const tenant = await localTenant(azure);
        try {
          await converge(stack, { config, wanted: this.wanted, tenant, pauseSeconds: 0.05 });
        } finally {
          await tenant.close();
        }
      },
      destroy: () => stack.destroy(),
    };
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

export interface SmallStack {
  readonly state: StackState;
  /** Deploys once. */
  up(): Promise<void>;
  /** Deploys until the stack is as declared, as `npm run up` does. */
  converge(): Promise<void>;
  destroy(): Promise<void>;
}

/** What `inventoryOf` returns if exactly the small landscape exists. */
export const declared = {
  applications: [
    { name: "api-dev", roles: ["Things.Read"], passwords: ["window 2026-11-01"], identifierUris: 1, apis: 0 },
    { name: "caller-dev", roles: ["Things.Read"], passwords: ["window 2026-11-01"], identifierUris: 1, apis: 1 },
  ],
  principals: ["api-dev", "caller-dev"],
  assignments: ["caller-dev → api-dev"],
  groups: ["rg-shop-dev"],
  vaults: ["api: client-secret", "caller: client-secret"],
};
/** What `inventoryOf` returns if there are no objects. */
export const nothing = { applications: [], principals: [], assignments: [], groups: [], vaults: [] };

/** The objects in the tenant and the subscription, without the ids and generated names that differ between two deployments. */
export function inventoryOf({ azure: { tenant, subscription } }: TestAzure) {
  const applications = [...tenant.applications.values()].filter(({ displayName }) => displayName !== "deployer");
  const nameOf = (id: string) => tenant.servicePrincipals.get(id)?.displayName ?? "nobody";
  return {
    applications: applications
      .map(({ displayName, appRoles, passwordCredentials, identifierUris, properties }) => ({
        name: displayName,
        roles: appRoles.map(({ value }) => value),
        passwords: passwordCredentials.map((password) => password.displayName),
        identifierUris: identifierUris.length,
        apis: (properties.requiredResourceAccess as unknown[] | undefined)?.length ?? 0,
      }))
      .sort((one, other) => one.name.localeCompare(other.name)),
    principals: [...tenant.servicePrincipals.values()]
      .filter(({ appId }) => applications.some((application) => application.appId === appId))
      .map(({ displayName }) => displayName)
      .sort(),
    assignments: [...tenant.servicePrincipals.keys()]
      .flatMap((id) => tenant.assignmentsOf(id))
      .map(({ principalId, resourceId }) => `${nameOf(principalId)} → ${nameOf(resourceId)}`)
      .filter((call) => !call.startsWith("deployer ")),
    groups: [...subscription.groups.keys()],
    vaults: [...subscription.vaults.values()]
      // The last characters of a vault's name are generated.
      .map(({ name, secrets }) => `${name.replace(/-\w{6}$/, "")}: ${[...secrets.keys()].join()}`)
      .sort(),
  };
}

/** Whether Entra accepts the newest secret of each vault. */
export async function secretsWork(azure: TestAzure): Promise<boolean> {
  const { tenant, subscription } = azure.azure;
  const answers = await Promise.all(
    [...subscription.vaults.values()].map(async ({ name, secrets }) => {
      const application = [...tenant.applications.values()].find(
        ({ displayName }) => displayName === `${name.replace(/-\w{6}$/, "")}-dev`,
      );
      const { status } = await azure.askForToken({
        grant_type: "client_credentials",
        client_id: application?.appId ?? "",
        client_secret: secrets.get("client-secret")?.at(-1)?.value ?? "",
        scope: "https://vault.azure.net/.default",
      });
      return status === 200;
    }),
  );
  return answers.every(Boolean);
}
