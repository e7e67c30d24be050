import { appendFileSync } from "node:fs";
import path from "node:path";
import { seededRandom } from "@microservice-identities/proof/seededRandom";
import { Guard } from "@microservice-identities/runtime/guard";
import { UsageRecorder } from "@microservice-identities/runtime/usage";
import { isoDay, oneDay } from "@microservice-identities/validation/days";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import { Agent, fetch as fetchBy } from "undici";
import type { DeployedPair } from "./deployedPair";

type Calls = Record<string, { readonly roles: readonly string[]; readonly because: string }>;

const reads = "Things.Read";
const [changes, both] = ["Things.Write", "Things.ReadWrite"];
const graphRole = "User.Read.All";

/**
 * A landscape in which each service calls two others: the next one with two roles, and the one after it with a role that reads and
 * writes. Every third one also calls Microsoft Graph.
 */
export function busyLandscape(count: number) {
  const nameOf = (index: number) => `service-${index % count}`;
  const because = "It shows its things.";
  const services = Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const calls: Calls = {
        [nameOf(index + 1)]: { roles: [reads, changes], because },
        [nameOf(index + 2)]: { roles: [both], because },
        ...(index % 3 === 0 ? { graph: { roles: [graphRole], because } } : {}),
      };
      const role = (what: string) => ({ description: `${what} things.` });
      return [
        nameOf(index),
        {
          description: "A service.",
          appRoles: { [reads]: role("Read"), [changes]: role("Change"), [both]: role("Read and change") },
          calls,
        },
      ];
    }),
  );
  return { apis: { graph: { clientId: microsoftGraph, appRoles: [graphRole] } }, services };
}

/** A finding that the report must contain: the names of its subject, and its message. */
export type PlantedUse = readonly [caller: string, api: string, role: string, message: string];

/** How a service uses a role that it holds. */
interface Use {
  readonly caller: string;
  readonly api: string;
  readonly role: string;
  readonly how: "used" | "never" | "reads";
}

export interface TrafficOptions {
  readonly count: number;
  readonly days: number;
  readonly seed: number;
  /** How many unused grants are planted. */
  readonly unused: number;
  /** The first day. */
  readonly from: string;
  /** Where the usage files are written: one for each service. */
  readonly folder: string;
  readonly pair: DeployedPair;
  /** Sets the clock of the local Azure. */
  readonly setClock: (milliseconds: number) => void;
}

export interface Traffic {
  readonly planted: readonly PlantedUse[];
  readonly usageFiles: readonly string[];
  readonly requests: number;
  readonly tokens: number;
}

/** Days of traffic, in which some grants are not used, some are used only to read, and some services request roles that they do not hold. */
export async function monthOfTraffic(options: TrafficOptions): Promise<Traffic> {
  const { count, days, seed, unused, from, folder, pair, setClock } = options;
  const { azure } = pair.azure;
  const random = seededRandom(seed);
  const clientIds = new Map(
    [...azure.tenant.applications.values()].map(({ displayName, appId }) => [displayName.replace(/-dev$/, ""), appId]),
  );
  const idOf = (service: string) => (service === "graph" ? `${azure.authority}/graph` : (clientIds.get(service) ?? ""));
  const uses = plannedUses(count, unused, random);
  const refused = Array.from({ length: Math.ceil(unused / 4) }, (_, index) => index * 3).filter((at) => at < count);

  let now = 0;
  const agent = new Agent({ connect: { ca: azure.caCertificate } });
  const keys = ((address: string) => fetchBy(address, { dispatcher: agent })) as unknown as typeof fetch;
  const apis = Array.from({ length: count }, (_, index) => {
    const name = `service-${index}`;
    const file = path.join(folder, `${name}.jsonl`);
    const recorder = new UsageRecorder({ clock: () => now, write: (lines) => appendFileSync(file, lines) });
    return { name, file, recorder, guard: undefined as Guard | undefined };
  });
  const guardOf = (name: string): Guard => {
    const api = apis.find((each) => each.name === name);
    if (!api) throw new Error(`there is no service ${name}`);
    api.guard ??= new Guard({
      tenantId: azure.tenantId,
      authority: azure.authority,
      clientId: idOf(name),
      clock: () => now,
      fetch: keys,
      telemetry: api.recorder,
    });
    return api.guard;
  };
  let [requests, tokens] = [0, 0];
  const askFor = async (caller: string, api: string): Promise<string | undefined> => {
    tokens++;
    const { body } = await pair.azure.askForToken({
      grant_type: "client_credentials",
      client_id: idOf(caller),
      client_secret: pair.secretOf(caller),
      scope: `${idOf(api)}/.default`,
    });
    return body.access_token;
  };
  const call = async (api: string, role: string, token: string, method: string): Promise<void> => {
    requests++;
    await guardOf(api).judge(`Bearer ${token}`, role, method);
  };
  try {
    for (let day = 0; day < days; day++) {
      now = Date.parse(from) + day * oneDay + oneDay / 2;
      setClock(now);
      for (const { name } of apis) guardOf(name);
      for (const [index, { name }] of apis.entries()) {
        const own = uses.filter(({ caller }) => caller === name);
        for (const api of new Set(own.map((each) => each.api))) {
          // Some roles are used on a single day of the month, for example for a monthly report.
          const today = own.filter((each) => each.api === api && each.how !== "never" && isOn(each, day, days));
          if (today.length === 0) continue;
          const token = await askFor(name, api);
          if (token === undefined) throw new Error(`${name} got no token for ${api}`);
          if (api === "graph") continue;
          for (const { role, how } of today) {
            await call(api, role, token, "GET");
            if (how === "used" && role !== reads) await call(api, role, token, "POST");
          }
        }
        if (day !== days - 1 || !refused.includes(index)) continue;
        // The service requests a role that it does not hold, and an API of which it holds no role.
        const token = await askFor(name, `service-${(index + 1) % count}`);
        if (token !== undefined) await call(`service-${(index + 1) % count}`, both, token, "GET");
        await askFor(name, `service-${(index + 3) % count}`);
      }
      for (const { recorder } of apis) await recorder.flush();
    }
    for (const { recorder } of apis) await recorder.close();
  } finally {
    await agent.close();
  }
  const inEntra = (name: string) => (name === "graph" ? "Microsoft Graph" : `${name}-dev`);
  const expected = [
    ...uses.flatMap(({ caller, api, role, how }): PlantedUse[] => {
      const names = [inEntra(caller), inEntra(api), role] as const;
      if (how === "never") return [[...names, "was never used"]];
      return how === "reads" ? [[...names, "was used only to read, and allows more"]] : [];
    }),
    ...refused.flatMap((index): PlantedUse[] => {
      const caller = inEntra(`service-${index}`);
      const [one, other] = [1, 3].map((step) => inEntra(`service-${(index + step) % count}`)) as [string, string];
      return [
        [caller, one, both, "was refused: it does not hold the role"],
        [caller, other, "no role", "was refused a token: it holds no role"],
      ];
    }),
  ];
  return { planted: expected, usageFiles: apis.map(({ file }) => file), requests, tokens };
}

/** All uses. Some of them are selected to be unused, or used only to read. */
function plannedUses(count: number, unused: number, random: () => number): Use[] {
  const all = Array.from({ length: count }, (_, index): Use[] => {
    const caller = `service-${index}`;
    const [next, after] = [1, 2].map((step) => `service-${(index + step) % count}`) as [string, string];
    return [
      { caller, api: next, role: reads, how: "used" },
      { caller, api: next, role: changes, how: "used" },
      { caller, api: after, role: both, how: "used" },
      ...(index % 3 === 0 ? [{ caller, api: "graph", role: graphRole, how: "used" } as const] : []),
    ];
  }).flat();
  const order = all.map((_, index) => ({ index, key: random() })).sort((one, other) => one.key - other.key);
  const planted = new Map<number, Use["how"]>();
  for (const { index } of order.slice(0, unused)) {
    const isWide = all[index]?.role === both;
    planted.set(index, isWide && random() < 0.5 ? "reads" : "never");
  }
  return all.map((use, index) => ({ ...use, how: planted.get(index) ?? "used" }));
}

/** Every seventh use is on a single day, the others are on every third day. */
function isOn({ caller, api, role }: Use, day: number, days: number): boolean {
  const number = [...`${caller} ${api} ${role}`].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  return number % 7 === 0 ? day === number % days : day % 3 === number % 3;
}

/** The last day of a period. */
export const lastDayOf = (from: string, days: number): string => isoDay(Date.parse(from) + (days - 1) * oneDay);
