import { rm } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import type { StackState } from "@microservice-identities/engine/deployment/stackState";
import { claimsOf, startTestAzure, type TestAzure } from "./azure";
import { projectWith, writeLandscape, writeSettings } from "./project";

type Program = () => Promise<unknown>;

/** The two services. A test can change a copy of them. */
export const pairServices = {
  api: { description: "An API.", appRoles: { "Things.Read": { description: "Read things." } } },
  caller: {
    description: "A caller.",
    appRoles: {},
    calls: { api: { roles: ["Things.Read"], because: "It shows things." } },
  },
};

/** A project with two services and one call between them, and a local Azure to deploy it onto. */
export interface DeployedPair {
  readonly azure: TestAzure;
  readonly folder: string;
  readonly config: Readonly<Record<string, string>>;
  /** @param state the state after earlier deployments. Default: empty */
  stack(state?: StackState): BuiltInStack;
  /** Replaces the landscape. */
  change(services: object): Promise<void>;
  /** More settings in `Pulumi.dev.yaml`, for example `{ services: … }`. */
  set(more: object): Promise<void>;
  /** Whether the caller gets a token for the API with a secret; otherwise the error, for example `AADSTS7000215`. */
  answerTo(secret: string, caller?: string): Promise<string[] | string>;
  /** The newest secret in a service's vault. */
  secretOf(service: string): string;
  close(): Promise<void>;
}

/** @param clock returns milliseconds. Default: the machine's clock */
export async function deployedPair(program: Program, date: string, clock?: () => number): Promise<DeployedPair> {
  const folder = await projectWith({});
  await writeLandscape(folder, "pair", { services: pairServices });
  const settings = {
    location: "westeurope",
    landscapeFile: path.join(folder, "pair.yaml"),
    rotation: { since: "2026-11-01", periodDays: 90, validityDays: 180, overlapDays: 14 },
    vault: { retentionDays: 7, purgeProtection: false },
  };
  const set = (more: object) => {
    const entries = Object.entries({ ...settings, ...more });
    return writeSettings(
      folder,
      "dev",
      Object.fromEntries(entries.map(([key, value]) => [`microservice-identities:${key}`, value])),
    );
  };
  await set({});
  const azure = await startTestAzure(clock ? { clock } : {});
  return {
    azure,
    folder,
    config: { date },
    stack: (state) => new BuiltInStack({ azure: azure.azure, projectFolder: folder, stack: "dev" }, program, state),
    change: (services) => writeLandscape(folder, "pair", { services }),
    set,
    async answerTo(secret, caller = "caller") {
      const applications = [...azure.azure.tenant.applications.values()];
      const clientIdOf = (name: string) => applications.find(({ displayName }) => displayName === `${name}-dev`)?.appId;
      const { status, body } = await azure.askForToken({
        grant_type: "client_credentials",
        client_id: clientIdOf(caller) ?? "",
        client_secret: secret,
        scope: `api://${clientIdOf("api")}/.default`,
      });
      if (status !== 200) return `AADSTS${body.error_codes[0]}`;
      return claimsOf(body.access_token).roles as string[];
    },
    secretOf(service) {
      const vaults = [...azure.azure.subscription.vaults.values()].filter(({ name }) => name.startsWith(`${service}-`));
      return vaults.at(-1)?.secrets.get("client-secret")?.at(-1)?.value ?? "";
    },
    async close() {
      await azure.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
