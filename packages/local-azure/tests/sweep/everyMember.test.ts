import { servedOperations } from "../../parity/servedOperations";
import { type OperationSweep, type Probed, sweepMembers } from "./memberSweep";
import { sweptAzure } from "./objects";

/**
 * Every member of every body, with values of other types and values that Azure does not know. A new operation is swept as soon as it
 * has a route: it needs a full body, see fullBodies.ts.
 */
// Thousands of requests before the first test: seconds, but more than a minute on a busy machine.
jest.setTimeout(300_000);

/** The members that the body of the last request lacks. */
let mockMissing: readonly string[] | undefined;
/** Of the first body that is read from now on. */
function takeMissing(): readonly string[] {
  const found = mockMissing ?? [];
  mockMissing = undefined;
  return found;
}
function mockWatched(module: string) {
  const actual = jest.requireActual(module);
  return {
    ...actual,
    parse: (type: never, body: unknown, ...more: unknown[]) => {
      mockMissing ??= jest.requireActual("./missingMembers").missingMembers(type, body);
      return actual.parse(type, body, ...more);
    },
  };
}
jest.mock("../../resourceManager/armContext", () => mockWatched("../../resourceManager/armContext"));
jest.mock("../../graph/bodies", () => mockWatched("../../graph/bodies"));
jest.mock("../../keyVault/secretBody", () => mockWatched("../../keyVault/secretBody"));

let sweeps: readonly OperationSweep[];
let probes: readonly Probed[];

beforeAll(async () => {
  const azure = await sweptAzure();
  const found: OperationSweep[] = [];
  for (const operation of await servedOperations()) {
    const isToken = operation.api === "Entra";
    // At the scope of a resource, the same code answers as at those of the group and the subscription.
    const isRepeated = operation.path.includes("{namespace}/{type}");
    if (isToken || isRepeated || !["POST", "PUT", "PATCH"].includes(operation.method)) continue;
    const sweep = await sweepMembers(azure, operation, takeMissing);
    if (sweep) found.push(sweep);
  }
  sweeps = found;
  probes = sweeps.flatMap((sweep) => sweep.probes);
});

const told = ({ operation, path, kind, value, answer }: Probed): string =>
  `${operation} ${path.join(".")}: ${kind} ${JSON.stringify(value)}: ${answer.status} ${JSON.stringify(answer.body)}`;
const of = (...fates: readonly string[]) => probes.filter(({ fate }) => fates.includes(fate));

/** Null stands for the default, which the answer shows. */
const isDefault = ({ kind, path }: Probed) =>
  ["null", "empty text"].includes(kind) &&
  /(^|\.)(tags|description|scheduleInfo|startDateTime|expiration|customKeyIdentifier|templateId)$/.test(path.join("."));

/** Answers that show no body: what they say depends on the values. */
const questions = /\/(getByIds|checkNameAvailability|\$batch)$/;

it("the full body of each operation is accepted", () => {
  const refused = sweeps.filter(({ full }) => full.status >= 300);
  expect(refused.map(({ operation, full }) => `${operation}: ${JSON.stringify(full.body)}`)).toEqual([]);
  expect(probes.length).toBeGreaterThan(5000);
});

it("the full body of each operation has all members that it takes", () => {
  const isSpecial = (member: string) => /(@odata\.type|systemData)$/.test(member);
  const found = sweeps.flatMap(({ operation, missing }) =>
    missing.filter((each) => !isSpecial(each)).map((each) => `${operation}: ${each}`),
  );
  expect(found).toEqual([]);
});

it("a wrong value is refused, or shown in the answer; none is lost, and none breaks the server", () => {
  // Resource Manager never shows the value of a secret, and a policy for nobody changes nothing.
  const isHidden = ({ operation, path, kind }: Probed) =>
    (/\/secrets\/\{secret\}$/.test(operation) && path.at(-1) === "value") ||
    (/\/accessPolicies\/\{operation\}$/.test(operation) && path.at(-1) === "accessPolicies") ||
    (path.at(-1) === "owners@odata.bind" && kind === "empty");
  const lost = of("lost", "failed").filter((each) => !isDefault(each) && !isHidden(each));
  expect(lost.filter(({ operation }) => !questions.test(operation)).map(told)).toEqual([]);
});

it("a refusal names the member or the value, except where Azure's own words do not", () => {
  const azuresWords = /Permission being assigned was not found|Backup blob contains invalid/;
  expect(
    of("unnamed")
      .map(told)
      .filter((each) => !azuresWords.test(each)),
  ).toEqual([]);
});

it("a refused request changes nothing", () => {
  expect(sweeps.filter(({ hasChanged }) => hasChanged).map(({ operation }) => operation)).toEqual([]);
});

/** Texts without meaning for Azure, names that the client chooses, and ids of objects that need not exist in the tenant. */
const free = [
  ...["description", "displayName", "notes", "justification", "serviceManagementReference", "relayState", "version"],
  ...["adminConsentDescription", "adminConsentDisplayName", "userConsentDescription", "userConsentDisplayName"],
  ...[
    "name",
    "roleName",
    "uniqueName",
    "id",
    "keyId",
    "tags",
    "alternativeNames",
    "contentType",
    "query",
    "templateId",
    "customKeyIdentifier",
  ],
  // What a token has to contain, and what a role, a scope or a secret is called.
  ...["subject", "audiences", "value", "scope", "additionalProperties", "threshold", "exp", "nbf"],
  ...["knownClientApplications", "appId", "resourceAppId", "objectId", "principalId", "permissions", "applicationId"],
  ...["resourceApplication", "clientApplicationIds", "clientApplicationTenantIds"],
  ...["includeApplications", "excludeApplications"],
];

it("a text or an id that nobody knows is accepted only where Azure gives it no meaning", () => {
  const unknown = of("kept").filter(({ kind }) => ["unknown text", "unknown id", "negative", "large"].includes(kind));
  const named = unknown.filter(({ path }) => !free.includes(String(path.findLast((each) => typeof each === "string"))));
  expect(named.map(told)).toEqual([]);
});

it("no text is empty but those that say nothing", () => {
  const empty = [
    ...["description", "notes", "justification", "serviceManagementReference", "relayState", "version", "displayName"],
    ...["adminConsentDescription", "adminConsentDisplayName", "userConsentDescription", "userConsentDisplayName"],
    // A secret can be empty, a grant can name no scope, and the azuread provider sends an empty source.
    ...["contentType", "value", "scope", "source"],
  ];
  const found = of("kept").filter(({ kind, path }) => kind === "empty text" && !empty.includes(String(path.at(-1))));
  expect(found.map(told)).toEqual([]);
});
