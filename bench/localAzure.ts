import { randomUUID } from "node:crypto";
import path from "node:path";
import { AzureClient } from "@microservice-identities/engine/deployment/azureClient";
import { ScriptProcess } from "@microservice-identities/engine/scriptProcess";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { Agent, fetch } from "undici";
import { limitRow, type Row, ratioRow } from "./measure";
import type { Load } from "./tokenLoad";
import type { TokenEndpoint } from "./tokenServer";

const benchmark = "local Azure";
const start = <Answer>(script: string, ...args: string[]) =>
  new ScriptProcess<Answer>(path.join(__dirname, script), { args });

async function loadOn(endpoint: TokenEndpoint | object): Promise<Load> {
  const load = start<Load>("tokenLoad.ts");
  load.send(endpoint);
  return load.next();
}

async function served(name: "local-azure" | "oauth2-mock-server"): Promise<Load> {
  const server = start<TokenEndpoint>("tokenServer.ts", name);
  try {
    return await loadOn(await server.next());
  } finally {
    await server.stop();
  }
}

/** @throws Error if it is not 200 */
async function firstAnswer({ address, caCertificate }: TokenEndpoint): Promise<void> {
  const dispatcher = new Agent({ connect: { ca: caCertificate } });
  const { status } = await fetch(new URL("/_local/health", address), { dispatcher });
  if (status !== 200) throw new Error(`local Azure: the first answer was ${status}`);
  await dispatcher.close();
}

export async function localAzure(runs: number): Promise<Row[]> {
  const loads: Record<"ours" | "mock" | "raw", Load[]> = { ours: [], mock: [], raw: [] };
  const ready: number[] = [];
  for (let run = 0; run < runs; run++) {
    loads.ours.push(await served("local-azure"));
    loads.mock.push(await served("oauth2-mock-server"));
    loads.raw.push(await loadOn({}));
    const begun = performance.now();
    const server = start<TokenEndpoint>("tokenServer.ts", "local-azure");
    await firstAnswer(await server.next());
    ready.push(performance.now() - begun);
    await server.stop();
  }
  const rates = (of: keyof typeof loads) => loads[of].map(({ perSecond }) => perSecond);
  return [
    ratioRow({
      benchmark,
      what: "tokens over HTTPS, compared with oauth2-mock-server over http",
      unit: "1/s",
      ours: rates("ours"),
      other: rates("mock"),
      atLeast: 1,
    }),
    ratioRow({
      benchmark,
      what: "tokens over HTTPS, compared with what one thread can sign",
      unit: "1/s",
      ours: rates("ours"),
      other: rates("raw"),
      atLeast: 0.5,
    }),
    ratioRow({
      benchmark,
      what: "p99 of a token, compared with oauth2-mock-server",
      unit: "ms",
      ours: loads.ours.map(({ p99 }) => p99),
      other: loads.mock.map(({ p99 }) => p99),
    }),
    limitRow({
      benchmark,
      what: "from the start of the process to the first answer",
      unit: "ms",
      ours: ready,
      atMost: 300,
      bound:
        "most of this time is spent loading tsx, fastify and the libraries for certificates, tokens and schemas (see below); this row starts the sources, and the packed command starts in about half of the time",
    }),
    ...(await withManyRegistrations(runs)),
  ];
}

/** Each operation with 100 registrations, and with 10,000 registrations and 100,000 grants, in turn. */
async function withManyRegistrations(runs: number): Promise<Row[]> {
  const few = await tenantOf(100);
  const many = await tenantOf(10_000);
  try {
    const rows: Row[] = [];
    for (const name of Object.keys(few.operations)) {
      const times = { few: [] as number[], many: [] as number[] };
      const sizes = [
        [few.operations[name], times.few],
        [many.operations[name], times.many],
      ] as const;
      for (const [operation] of sizes) for (let warm = 0; warm < 20; warm++) await operation?.();
      for (let run = 0; run < runs; run++)
        for (const [operation, taken] of sizes) {
          const begun = performance.now();
          for (let count = 0; count < 40; count++) await operation?.();
          taken.push((performance.now() - begun) / 40);
        }
      rows.push(
        ratioRow({
          benchmark,
          what: `${name} among 10,000 registrations, compared with among 100`,
          unit: "ms",
          ours: times.many,
          other: times.few,
          atMost: 5,
        }),
      );
    }
    return rows;
  } finally {
    await many.close();
    await few.close();
  }
}

interface MeasuredTenant {
  /** By name. Each throws an Error if its answer is not the expected one. */
  readonly operations: Readonly<Record<string, () => Promise<void>>>;
  close(): Promise<void>;
}

/** A local Azure in which each registration holds the roles of ten others. */
async function tenantOf(registrations: number): Promise<MeasuredTenant> {
  const azure = await startLocalAzure();
  const client = new AzureClient(azure);
  const role = {
    value: "Data.Read",
    displayName: "x",
    description: "x",
    isEnabled: true,
    allowedMemberTypes: ["Application"],
  };
  const all = Array.from({ length: registrations }, (_, index) => {
    const application = azure.tenant.addApplication(`app-${index}`);
    application.appRoles = [{ ...role, id: randomUUID() }];
    application.requestedAccessTokenVersion = 2;
    return {
      application,
      principal: azure.tenant.addServicePrincipal({ appId: application.appId, displayName: `app-${index}` }),
    };
  });
  for (const [index, { principal }] of all.entries())
    for (let call = 1; call <= 10; call++) {
      const api = all[(index + call) % all.length] as (typeof all)[number];
      azure.tenant.assign(principal.id, api.principal.id, api.application.appRoles[0]?.id ?? "");
    }
  const [one, two] = [all[17], all[18]] as [(typeof all)[number], (typeof all)[number]];
  const { secretText } = azure.tenant.addPassword(one.application, { displayName: "secret" });
  const dispatcher = new Agent({ connect: { ca: azure.caCertificate } });
  const token = async () => {
    const response = await fetch(`${azure.authority}/${azure.tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      dispatcher,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: one.application.appId,
        client_secret: secretText,
        scope: `${two.application.appId}/.default`,
      }).toString(),
    });
    if (response.status !== 200) throw new Error(`a token was answered ${response.status}: ${await response.text()}`);
    await response.text();
  };
  /** Checks how many objects a list contains. */
  const listed = (path: string, count: number) => async () => {
    const value = (await client.graph("GET", `/v1.0/${path}`)).value as readonly unknown[];
    if (value.length !== count) throw new Error(`${path} returned ${value.length} objects, not ${count}`);
  };
  const filtered = (filter: string) => listed(`applications?$filter=${encodeURIComponent(filter)}`, 1);
  return {
    operations: {
      "a token": token,
      "reading an application": async () => {
        const { appId } = await client.graph("GET", `/v1.0/applications/${one.application.id}`);
        if (appId !== one.application.appId) throw new Error(`another application was read: ${appId}`);
      },
      "finding one by its client id": filtered(`appId eq '${one.application.appId}'`),
      "finding one by its name": filtered("displayName eq 'app-17'"),
      "who holds an API's roles": listed(`servicePrincipals/${one.principal.id}/appRoleAssignedTo`, 10),
      "registering and removing one": async () => {
        const { id } = await client.graph("POST", "/v1.0/applications", { displayName: "new" });
        await client.graph("DELETE", `/v1.0/applications/${id}`);
      },
    },
    close: async () => {
      await dispatcher.close();
      await client.close();
      await azure.close();
    },
  };
}
