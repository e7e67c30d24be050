import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type {
  DeploymentResult,
  Operations,
  Stack,
  StackOptions,
} from "@microservice-identities/engine/deployment/stack";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import type { FaultPlan } from "@microservice-identities/local-azure/faults";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { differencesOf, type ProofReport } from "@microservice-identities/proof/report";
import { parse, stringify } from "yaml";
import { converge } from "../../cli/adoption/converge";
import { localTenant } from "../../cli/adoption/localTenant";
import { landscapePage } from "../../cli/landscapePage";
import { deploymentText, proofText } from "../../cli/terminal";
import { type LandscapeDefinition, parseLandscape } from "../../components/landscapeDefinition";
import { defaultRotation, nextRotation, windowOn } from "../../components/rotation";
import { shopProject, writeSettings } from "./project";
import { prove } from "./proof";

type Services = LandscapeDefinition["services"];

/** The first day of this month: a secret of a fixed day would expire some day. */
const since = `${new Date().toISOString().slice(0, 8)}01`;
/** A day on which each service has rotated once. */
const later = new Date(Date.parse(since) + 91 * 86_400_000);
const role = (description: string) => ({ description });
const call = (...roles: string[]) => ({ roles, because: "The life of a stack." });

/** Exactly the objects that must exist in Entra and Azure after a deployment of the landscape. */
function expectedObjects(services: Services, passwordsOf: (service: string) => string[]) {
  return {
    applications: Object.entries(services)
      .map(([name, { appRoles, calls }]) => ({
        name: `${name}-dev`,
        roles: Object.keys(appRoles).sort(),
        apis: Object.keys(calls ?? {}).length,
        passwords: passwordsOf(name),
      }))
      .sort(byName),
    assignments: Object.entries(services)
      .flatMap(([name, { calls }]) =>
        Object.entries(calls ?? {}).flatMap(([api, { roles }]) =>
          roles.map((value) => `${name}-dev → ${api}-dev ${value}`),
        ),
      )
      .sort(),
    identities: Object.keys(services)
      .map((name) => `id-${name}-dev`)
      .sort(),
    vaults: Object.keys(services)
      .map((name) => `${name}, read by id-${name}-dev, with client-secret`)
      .sort(),
    groups: Object.keys(services).length > 0 ? ["rg-shop-dev"] : [],
  };
}

function objectsIn({ tenant, subscription }: LocalAzure) {
  const nameOf = (id: string) => tenant.servicePrincipals.get(id)?.displayName ?? "nobody";
  const ours = [...tenant.applications.values()].filter(({ displayName }) => displayName !== "deployer");
  const principals = [...tenant.servicePrincipals.values()];
  return {
    applications: ours
      .map(({ displayName, appRoles, passwordCredentials, properties }) => ({
        name: displayName,
        roles: appRoles.map(({ value }) => value).sort(),
        apis: (properties.requiredResourceAccess as unknown[] | undefined)?.length ?? 0,
        passwords: passwordCredentials.map((password) => password.displayName),
      }))
      .sort(byName),
    assignments: principals
      .filter(({ displayName }) => displayName !== "deployer")
      .flatMap((principal) => tenant.assignmentsOf(principal.id))
      .map(({ principalId, resourceId, appRoleId }) => {
        const api = tenant.servicePrincipals.get(resourceId);
        const granted = api && tenant.appRolesOf(api).find(({ id }) => id === appRoleId);
        return `${nameOf(principalId)} → ${nameOf(resourceId)} ${granted?.value ?? "a role that is gone"}`;
      })
      .sort(),
    identities: [...subscription.identities.values()].map(({ name }) => name).sort(),
    vaults: [...subscription.vaults.values()]
      .map(({ name, accessPolicies, secrets }) => {
        const readers = accessPolicies.map(({ objectId }) => nameOf(objectId)).join();
        return `${name.replace(/-[a-z0-9]{6}$/, "")}, read by ${readers}, with ${[...secrets.keys()].join()}`;
      })
      .sort(),
    groups: [...subscription.groups.values()].map(({ name }) => name),
  };
}

const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name);

/**
 * The life of a stack from its first deployment to its removal. After each step, the proof must be as declared, and Entra, Resource
 * Manager and the vaults must contain exactly the declared objects.
 */
export function describeLife<Host extends Stack>(
  host: string,
  {
    createStack,
    stateFolderOf = () => undefined,
    failing = (stack) => stack,
    faults,
  }: {
    readonly createStack: (options: StackOptions) => Promise<Host>;
    /** The folder in which the host keeps its state, if it uses files. */
    readonly stateFolderOf?: (stack: Host) => string | undefined;
    /** How the host deploys a program that must fail. */
    readonly failing?: (stack: Host) => Host;
    /** With faults, each deployment is repeated until the stack is as declared, as `npm run up` does. Default: no faults. */
    readonly faults?: FaultPlan;
  },
): void {
  describe(`the life of a stack with ${host}`, () => {
    let azure: LocalAzure;
    let stack: Host;
    let folder: string;
    let settings: Readonly<Record<string, unknown>>;
    let services: Services = {
      api: {
        description: "An API.",
        appRoles: { "Things.Read": role("Read things."), "Things.Write": role("Write things.") },
      },
      caller: {
        description: "A caller.",
        appRoles: { "Jobs.Read": role("Read jobs.") },
        calls: { api: call("Things.Read") },
      },
    };
    let date = since;
    let revoked = 0;
    const policy = { since, ...defaultRotation };
    const window = (service: string) => `window ${windowOn(new Date(date), policy, service).id}`;
    let passwordsOf = (service: string): string[] => [window(service)];
    /** Every issued secret, and every text that was printed or stored. */
    const secrets = new Set<string>();
    const artefacts: string[] = [];

    const config = async (definition: Services) => {
      const file = path.join(folder, "landscape.yaml");
      await writeFile(file, stringify({ services: definition }));
      return {
        landscapeFile: file,
        date,
        rotation: JSON.stringify({ since }),
        services: JSON.stringify(revoked > 0 ? { api: { revoked: { times: revoked, reason: "Seen in a log." } } } : {}),
      };
    };
    const deployed = async (config: Readonly<Record<string, string>>): Promise<DeploymentResult> => {
      if (faults === undefined) return stack.up({ config });
      await writeSettings(folder, "dev", { ...settings, ...config });
      const tenant = await localTenant(azure);
      try {
        return await converge(stack, { config, wanted: await evaluateOffline(folder, "dev"), tenant });
      } finally {
        await tenant.close();
      }
    };
    /** The operations of a deployment. With faults, only the final result counts, not the number of operations. */
    const expectOperations = (operations: Operations, expected: Partial<Operations>) => {
      if (faults === undefined) expect(operations).toMatchObject(expected);
    };
    /** Deploys the current declaration, and checks that exactly the declared objects exist. */
    const becomes = async (changed: Services, day = date) => {
      parseLandscape({ services: changed }, "the test");
      [services, date] = [changed, day];
      const { outputs, operations } = await deployed(await config(services));
      expect(objectsIn(azure)).toEqual(expectedObjects(services, passwordsOf));
      const report = await prove(azure, outputs);
      expect(differencesOf(report)).toEqual([]);
      await collect(outputs, operations, report);
      return operations;
    };
    const collect = async (outputs: object, operations: Operations, report: ProofReport) => {
      secrets.add(azure.deployer.ARM_CLIENT_SECRET);
      for (const vault of azure.subscription.vaults.values())
        for (const versions of vault.secrets.values()) for (const { value } of versions) secrets.add(value);
      const deployment = { engine: stack.engine, operations, resources: {}, outputs: {} };
      const page = await landscapePage({ stack: "dev", report, deployment, phases: {} });
      artefacts.push(
        page,
        deploymentText(deployment),
        proofText(report),
        JSON.stringify(outputs),
        JSON.stringify(report),
      );
      const folder = stateFolderOf(stack);
      if (folder === undefined) return;
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) artefacts.push(await readFile(path.join(entry.parentPath, entry.name), "utf8"));
    };
    const withService = (name: string, change: Partial<Services[string]>): Services => ({
      ...services,
      [name]: { ...(services[name] as Services[string]), ...change },
    });

    beforeAll(async () => {
      folder = await shopProject();
      settings = parse(await readFile(path.join(folder, "Pulumi.dev.yaml"), "utf8")).config;
      azure = await startLocalAzure({ faults });
      stack = await createStack({ azure, projectFolder: folder, stack: "dev" });
    });
    afterAll(async () => {
      await stack.dispose();
      await azure.close();
      await rm(folder, { recursive: true, force: true });
    });

    it("creates exactly the declared objects in its first deployment", async () => {
      expectOperations(await becomes(services), { update: 0, replace: 0, delete: 0 });
    });

    it("does not change in a preview on a later day, in a refresh or in another deployment", async () => {
      const rotations = Object.keys(services).map((service) =>
        Date.parse(nextRotation(new Date(date), policy, service)),
      );
      const quiet = (Math.min(...rotations) - Date.parse(date)) / 86_400_000;
      // The first day, the last one before a rotation, and one between them.
      for (const days of [0, Math.floor(quiet / 2), quiet - 1]) {
        const day = new Date(Date.parse(since) + days * 86_400_000).toISOString().slice(0, 10);
        const changes = await stack.preview({
          config: { ...(await config(services)), date: day },
        });
        expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
      }
      expect(await stack.refresh()).toBe(0);
      expectOperations(await becomes(services), { create: 0, update: 0, replace: 0, delete: 0 });
    });

    it("gets an additional service with its calls", async () => {
      await becomes({
        ...services,
        web: { description: "A page.", appRoles: {}, calls: { api: call("Things.Read"), caller: call("Jobs.Read") } },
      });
    });

    it("loses exactly the grant of a call that is removed from the landscape", async () => {
      const operations = await becomes(withService("web", { calls: { api: call("Things.Read") } }));
      // The API access of the call, and its app role assignment.
      expectOperations(operations, { create: 0, update: 0, replace: 0, delete: 2 });
    });

    it("gets a new role, and grants it", async () => {
      const appRoles = { ...services.api?.appRoles, "Things.Audit": role("See who changed what.") };
      services = withService("api", { appRoles });
      await becomes(withService("caller", { calls: { api: call("Things.Read", "Things.Audit") } }));
    });

    it("refuses to remove a granted role in one step, and changes nothing", async () => {
      const { "Things.Audit": _, ...appRoles } = services.api?.appRoles ?? {};
      const changed = {
        ...withService("api", { appRoles }),
        caller: { ...(services.caller as Services[string]), calls: { api: call("Things.Read") } },
      };
      await expect(failing(stack).up({ config: await config(changed) })).rejects.toThrow(
        /app roles cannot be removed in one step:\s+services\.api\.appRoles: "Things\.Audit" has been granted/,
      );
      expect(objectsIn(azure)).toEqual(expectedObjects(services, passwordsOf));
    });

    it("removes the role after a deployment that retires it", async () => {
      const retired = { description: "See who changed what.", retired: true as const };
      const { "Things.Audit": _, ...appRoles } = services.api?.appRoles ?? {};
      services = withService("caller", { calls: { api: call("Things.Read") } });
      await becomes(withService("api", { appRoles: { ...appRoles, "Things.Audit": retired } }));
      await becomes(withService("api", { appRoles }));
    });

    it("rotates: it creates a new secret, whose tag names the previous version, and removes the previous secret after the overlap", async () => {
      const first = window("api");
      const second = Date.parse(windowOn(later, policy, "api").id);
      const dayAfter = (days: number) => new Date(second + days * 86_400_000).toISOString().slice(0, 10);
      date = dayAfter(0);
      passwordsOf = (service) => (window(service) === first ? [first] : [window(service), first]);
      await becomes(services);
      expect(passwordsOf("api")).toHaveLength(2);
      const vault = [...azure.subscription.vaults.values()].find(({ name }) => name.startsWith("api-"));
      // With faults, an earlier deployment may have written several versions of one window.
      const versions = vault?.secrets.get("client-secret") ?? [];
      const newest = versions.at(-1);
      const previous = versions.find(({ version }) => version === newest?.tags?.previousVersion);
      expect([previous, newest].map((secret) => `window ${secret?.tags?.window}`)).toEqual([first, window("api")]);
      const others = Object.fromEntries(Object.keys(services).map((service) => [service, passwordsOf(service)]));
      date = dayAfter(defaultRotation.overlapDays);
      // A service that rotated together with the API has lost its first secret. A service that rotates now has the first and a new one.
      passwordsOf = (service) => {
        const [last] = others[service] ?? [];
        return last === undefined || last === window(service) ? [window(service)] : [window(service), last];
      };
      await becomes(services);
      expect(passwordsOf("api")).toHaveLength(1);
    });

    it("revokes the secrets of a service, and gives it a new one, in one deployment", async () => {
      const before = passwordsOf;
      revoked = 1;
      passwordsOf = (service) => (service === "api" ? [`${window("api")}, revocation 1`] : before(service));
      await becomes(services);
    });

    it("loses a removed service with all objects of that service", async () => {
      const { web: _, ...others } = services;
      await becomes(others);
    });

    it("has no secret in outputs, reports, pages or files of the state", () => {
      // There is one secret for each service and rotation, and one of the deployer.
      expect(secrets.size).toBeGreaterThan(5);
      const shown = [...secrets].filter((secret) => artefacts.some((artefact) => artefact.includes(secret)));
      expect(shown).toHaveLength(0);
    });

    it("has no objects after it is destroyed", async () => {
      await stack.destroy();
      expect(objectsIn(azure)).toEqual(expectedObjects({}, passwordsOf));
    });
  });
}
