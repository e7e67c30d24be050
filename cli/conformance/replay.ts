import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  type LocalAzure,
  type LocalAzureOptions,
  startLocalAzure,
} from "@microservice-identities/local-azure/localAzure";
import { bodyShape } from "./bodyShape";
import { differences } from "./differences";
import { claimsIn } from "./fixtures";
import { text } from "./lab";
import { Placeholders } from "./placeholders";
import type { RecordedRequest, RecordedRun, RecordingLine } from "./recording";
import { deployerToken, learnTenancy } from "./signIn";
import { Values } from "./values";
import { type Answer, Wire } from "./wire";

export interface Replayed {
  /** How many requests were sent. */
  readonly requests: number;
  /** Each difference once, for example `C-07 GET /v1.0/applications: owners is in the recording only`. */
  readonly differences: readonly string[];
}

/** Sends a recording's requests to a new local Azure, and compares the answers. */
export async function replay(lines: readonly RecordingLine[]): Promise<Replayed> {
  const run = lines.find((line) => line.kind === "run");
  const azure = await startLocalAzure(run ? asRecorded(run) : {});
  const { authority, caCertificate, tenant } = azure;
  // The run examines the quota with an application that it created, because the user may have a directory role.
  const deployer = tenant.servicePrincipalOf(azure.deployer.ARM_CLIENT_ID);
  if (deployer) tenant.directoryRoleHolders.add(deployer.id);
  const addresses = { entra: authority, graph: `${authority}/graph`, "resource manager": authority };
  const wire = new Wire(addresses, caCertificate);
  try {
    const { values, placeholders } = await beginning(azure, wire);
    const found = new Set<string>();
    const requests = settled(lines);
    for (const recorded of requests)
      for (const difference of await compared(recorded, wire, values, placeholders))
        found.add(`${recorded.assumption} ${recorded.request.method} ${recorded.request.path}: ${difference}`);
    return { requests: requests.length, differences: [...found] };
  } finally {
    await wire.close();
    await azure.close();
  }
}

/** The recording contains dates, so the clock starts at the time of the recording. */
function asRecorded({ started, quota }: RecordedRun): LocalAzureOptions {
  const ahead = Date.parse(started) - Date.now();
  return { clock: () => Date.now() + ahead, tenantSettings: { objectsPerCreator: quota } };
}

/** Only the last of requests that repeat one another: the local Azure has no lag here. */
function settled(lines: readonly RecordingLine[]): RecordedRequest[] {
  const requests = lines.filter((line) => line.kind === "request");
  const last = new Map(requests.map((each) => [each.poll, each]));
  // A request without an answer shows nothing about an API.
  return requests.filter((each) => each.status !== 0 && (each.poll === undefined || last.get(each.poll) === each));
}

/** The values that every recording refers to, as this local Azure has them. */
async function beginning(azure: LocalAzure, wire: Wire): Promise<{ values: Values; placeholders: Placeholders }> {
  const { authority, tenantId, subscriptionId, deployer } = azure;
  const audiences = {
    graph: `${authority}/graph`,
    "resource manager": "https://management.core.windows.net/",
    "key vault": "https://vault.azure.net",
  };
  const tokenFor = async (audience: string) => {
    const { ARM_CLIENT_ID: client_id, ARM_CLIENT_SECRET: client_secret } = deployer;
    const form = { grant_type: "client_credentials", client_id, client_secret, scope: `${audience}/.default` };
    const answer = await wire.send({ api: "entra", method: "POST", path: `/${tenantId}/oauth2/v2.0/token`, form });
    return text(answer, "access_token");
  };
  const values = new Values();
  const placeholders = new Placeholders();
  for (const [name, audience] of Object.entries(audiences)) values.set(deployerToken(name), await tokenFor(audience));
  const objectId = String(claimsIn(values.get(deployerToken("graph"))).oid);
  const prefix = `cf${randomBytes(3).toString("hex")}`;
  values.set("<tenant>", tenantId);
  values.set("<subscription>", subscriptionId);
  values.set("<deployer>", objectId);
  values.set("<deployer's client>", deployer.ARM_CLIENT_ID);
  values.set("<prefix>", prefix);
  for (const [api, address] of Object.entries(wire.addresses)) values.set(`<${api}>`, address);
  placeholders.learn("prefix", prefix, "<prefix>");
  const bearer = async () => "";
  const who = { objectId, clientId: deployer.ARM_CLIENT_ID, bearer };
  learnTenancy(
    placeholders,
    { tenantId, subscriptionId, deployer: who, graphAudience: audiences.graph },
    wire.addresses,
  );
  return { values, placeholders };
}

async function compared(
  recorded: RecordedRequest,
  wire: Wire,
  values: Values,
  placeholders: Placeholders,
): Promise<string[]> {
  const { value: request, unknown } = values.filled(recorded.request);
  if (unknown.length > 0) return [`not sent, because no answer here says what ${unknown.join(", ")} is`];
  const answer = await answered(() => wire.send(request), recorded);
  values.learn(recorded.body, answer.body);
  values.learn(recorded.headers, answer.headers);
  const body = bodyShape(answer.body, placeholders, answer.status >= 400) as Answer["body"];
  return differences(recorded, { status: answer.status, body });
}

/** Repeats the request if the recording repeated it, because an operation takes time here too. */
async function answered(send: () => Promise<Answer>, { poll, status }: RecordedRequest): Promise<Answer> {
  for (let looks = 1; ; looks++) {
    const answer = await send();
    if (poll === undefined || answer.status === status || looks === 50) return answer;
    await pause(20);
  }
}
