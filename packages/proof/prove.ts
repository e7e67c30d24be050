import { poll } from "@microservice-identities/engine/deployment/retry";
import { cloudOf } from "@microservice-identities/well-known/clouds";
import { inParallel } from "./inParallel";
import { observeCall, observeToken } from "./observeCall";
import { observeVault } from "./observeVault";
import { obstaclesTo, ProofObstructed } from "./obstacles";
import { pace } from "./pace";
import type { ProofOptions } from "./proofOptions";
import { type ProvedService, startServices } from "./provedService";
import type { ProofReport } from "./report";
import { type Sample, withSampledRefusals } from "./sample";
import { type TokenClients, tokenClientsOf } from "./tokenClient";

/**
 * Tries every call between two services, with the clients that services use. Each service reads its credential from its vault
 * with its managed identity (or signs in with this identity), requests a token for every other service, and calls it. Declared
 * calls must work with exactly their roles, and all others must be refused.
 *
 * The process must trust the APIs' certificates (`NODE_EXTRA_CA_CERTS`) and run on a host with the managed identities
 * (`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`).
 */
export async function prove(options: ProofOptions): Promise<Omit<ProofReport, "credentials">> {
  const services: ProvedService[] = [];
  try {
    await startServices(options, services);
    const obstacles = options.looksFirst ? await obstaclesTo(services, cloudOf(options)) : [];
    if (obstacles.length > 0) throw new ProofObstructed(obstacles);
    return await proveServices(services, options);
  } finally {
    await Promise.all(services.map(({ api }) => api.close()));
  }
}

async function proveServices(
  services: readonly ProvedService[],
  options: ProofOptions,
): Promise<Omit<ProofReport, "credentials">> {
  const { readings, calls, outside } = planOf(services, options.refusals);
  const total = readings.length + calls.length + outside.length;
  let done = 0;
  const step = <T>(result: T): T => {
    options.onProgress?.(++done, total);
    return result;
  };
  const turn = pace(options.perSecond);
  const patienceMs = (options.patience ?? 0) * 1000;
  const untilDeadline = { every: Math.min(10_000, patienceMs / 20), deadline: Date.now() + patienceMs };
  // Recent grants, secrets and revocations are not visible everywhere, so unexpected results are retried, refusals too.
  const patiently = <T extends { readonly differences: readonly string[] }>(observe: () => Promise<T>): Promise<T> =>
    poll(observe, ({ differences }) => differences.length === 0, untilDeadline);

  const secrets = new Map<string, string>();
  const vaults = await inParallel(
    readings,
    async ([reader, owner, secret]) => {
      const { value, ...observation } = await patiently(() => observeVault(reader, owner, secret));
      if (reader === owner && value !== undefined) secrets.set(owner.name, value);
      return step(observation);
    },
    { turn },
  );
  const clients = new Map<string, TokenClients | undefined>(
    services.map((service) => [service.name, tokenClientsOf(service, secrets.get(service.name), options)]),
  );
  const inside = await inParallel(
    calls,
    async ([caller, api]) => step(await patiently(() => observeCall(caller, api, clients.get(caller.name)))),
    { turn },
  );
  const beyond = await inParallel(
    outside,
    async ({ caller, api, scope, roles }) => {
      const call = { caller: caller.name, api, declared: [...roles].sort() };
      const { token: _, ...observed } = await patiently(() => observeToken(call, scope, clients.get(caller.name)));
      return step(observed);
    },
    { turn },
  );
  return { services: services.map(({ name }) => name), calls: [...inside, ...beyond], vaults };
}

/** The attempts of the proof: everything that must work, and the requested number of refusals. */
function planOf(services: readonly ProvedService[], refusals: Sample | undefined) {
  const pairs = services.flatMap((one) => services.map((other) => [one, other] as const));
  const everyReading = pairs.flatMap(([reader, owner]) =>
    owner.secret ? [[reader, owner, owner.secret] as const] : [],
  );
  return {
    readings: withSampledRefusals(everyReading, ([reader, owner]) => reader === owner, refusals),
    calls: withSampledRefusals(
      pairs.filter(([caller, api]) => caller !== api),
      ([caller, api]) => caller.entry.calls[api.name] !== undefined,
      refusals,
    ),
    /** Calls of APIs that the proof does not start: only their tokens are requested. */
    outside: services.flatMap((caller) =>
      Object.entries(caller.entry.callsOutside).map(([api, call]) => ({ caller, api, ...call })),
    ),
  };
}
