import { ManagedIdentityCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { ConfidentialClientApplication } from "@azure/msal-node";
import { decodeJwt } from "jose";
import type { Directory, DirectoryService } from "./directory";

/** A day of the simulated services. */
export interface Workday {
  /** Counted from 0. */
  readonly day: number;
  /** The services' time, in milliseconds since 1970. The process simulates a year in minutes. */
  readonly now: number;
  readonly directory: Directory;
  readonly tenantId: string;
  readonly authority: string;
}

export interface WorkdayResult {
  readonly calls: number;
  readonly failures: readonly string[];
}

/**
 * Services that call each other. Of each, one instance caches its secret for days, as real ones do, and another has just started and
 * reads it from the vault. Neither reads a secret because a call failed, or uses an earlier one: the rotation must work
 * without this.
 */
class CallingServices {
  private readonly secrets = new Map<string, string>();

  /** @param keepDays how long a service caches its secret; shorter than the overlap */
  constructor(private readonly keepDays: number) {}

  async work({ day, directory, tenantId, authority }: Workday): Promise<WorkdayResult> {
    const services = Object.entries(directory);
    await Promise.all(
      services.map(async ([name, service], index) => {
        if (!this.secrets.has(name) || (day + index) % this.keepDays === 0)
          this.secrets.set(name, await readSecret(service));
      }),
    );
    const started = new Map<string, string>();
    await Promise.all(services.map(async ([name, service]) => started.set(name, await readSecret(service))));
    const callsWith = (secrets: ReadonlyMap<string, string>, instance: string) =>
      services.flatMap(([name, { clientId, calls }]) => {
        const clientSecret = secrets.get(name) ?? "";
        const auth = { clientId, clientSecret, authority: `${authority}/${tenantId}` };
        const client = new ConfidentialClientApplication({
          auth: { ...auth, knownAuthorities: [new URL(authority).host] },
        });
        return Object.entries(calls).map(([api, roles]) =>
          failureOf(client, directory[api]?.scope ?? "", roles).then(
            (failure) => failure && `${name} → ${api}, ${instance}: ${failure}`,
          ),
        );
      });
    const results = await Promise.all([...callsWith(this.secrets, "running"), ...callsWith(started, "started today")]);
    return { calls: results.length, failures: results.filter((failure) => failure !== undefined) };
  }
}

async function readSecret({ vaultUri = "", credential, identityClientId }: DirectoryService): Promise<string> {
  if (credential.kind !== "secret") throw new Error(`a ${credential.kind} does not rotate by itself`);
  const identity = new ManagedIdentityCredential({ clientId: identityClientId });
  const client = new SecretClient(vaultUri, identity, { disableChallengeResourceVerification: true });
  return (await client.getSecret(credential.secretName)).value ?? "";
}

async function failureOf(
  client: ConfidentialClientApplication,
  scope: string,
  roles: readonly string[],
): Promise<string | undefined> {
  try {
    const result = await client.acquireTokenByClientCredential({ scopes: [scope], skipCache: true });
    const got = [decodeJwt(result?.accessToken ?? "").roles ?? []].flat().map(String).sort();
    return got.join() === [...roles].sort().join() ? undefined : `got ${got.join(", ")}, expected ${roles.join(", ")}`;
  } catch (error) {
    return (error as Error).message.split(" Trace ID")[0];
  }
}

let now = Date.now();
const RealDate = Date;
/** Sets the clock to that day, because the clients use it to decide whether a cached token has expired. */
globalThis.Date = class extends RealDate {
  constructor(...given: [] | [value: number | string | Date]) {
    super(...((given.length === 0 ? [now] : given) as [number]));
  }
  static override now = () => now;
} as DateConstructor;

// The process of the services: it receives each day from the process that started it, and answers with the result.
const services = new CallingServices(Number(process.argv[2]));
process.on("message", (workday: Workday) => {
  now = workday.now;
  services.work(workday).then(
    (result) => process.send?.(result),
    (error: Error) => process.send?.({ calls: 0, failures: [error.message] } satisfies WorkdayResult),
  );
});
