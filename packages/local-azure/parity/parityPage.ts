import { absent, refusedOperations } from "./refusedOperations";
import { type Api, apis, type Operation } from "./servedOperations";

/** The facts of a recording, from its replay. */
export interface RecordedExchanges {
  readonly name: string;
  readonly repository: string;
  readonly file: string;
  readonly tuned: boolean;
  readonly exchanges: readonly { readonly method: string; readonly url: string }[];
}

export interface KnownDifference {
  readonly recording: string;
  readonly difference: string;
  readonly reason: string;
}

const documentation: readonly (readonly [path: RegExp, api: Api, address: string])[] = [
  [/token$/, "Entra", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow"],
  [/./, "Entra", "https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc"],
  [/batch/, "Microsoft Graph", "https://learn.microsoft.com/graph/json-batching"],
  [
    /federatedIdentity/,
    "Microsoft Graph",
    "https://learn.microsoft.com/graph/api/resources/federatedidentitycredential",
  ],
  [/applications/, "Microsoft Graph", "https://learn.microsoft.com/graph/api/resources/application"],
  [/servicePrincipals/, "Microsoft Graph", "https://learn.microsoft.com/graph/api/resources/serviceprincipal"],
  [/groups/, "Microsoft Graph", "https://learn.microsoft.com/graph/api/resources/group"],
  [
    /roleEligibility/,
    "Microsoft Graph",
    "https://learn.microsoft.com/graph/api/resources/unifiedroleeligibilityschedule",
  ],
  [/deletedItems/, "Microsoft Graph", "https://learn.microsoft.com/graph/api/resources/directory"],
  [/conditionalAccess/, "Microsoft Graph", "https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy"],
  [/policies/, "Microsoft Graph", "https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy"],
  [/PermissionGrants/i, "Microsoft Graph", "https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant"],
  [/signIns/, "Microsoft Graph", "https://learn.microsoft.com/graph/api/resources/signin"],
  [/./, "Microsoft Graph", "https://learn.microsoft.com/graph/api/resources/directoryobject"],
  [/EventGrid/, "Resource Manager", "https://learn.microsoft.com/rest/api/eventgrid/controlplane/event-subscriptions"],
  [/scheduledQueryRules/, "Resource Manager", "https://learn.microsoft.com/rest/api/monitor/scheduled-query-rules"],
  [/KeyVault/, "Resource Manager", "https://learn.microsoft.com/rest/api/keyvault/keyvault"],
  [/ManagedIdentity/, "Resource Manager", "https://learn.microsoft.com/rest/api/managedidentity"],
  [/Microsoft.Authorization/, "Resource Manager", "https://learn.microsoft.com/rest/api/authorization"],
  [/Microsoft\.Network/, "Resource Manager", "https://learn.microsoft.com/rest/api/virtualnetwork/private-endpoints"],
  [/Microsoft\.Insights/, "Resource Manager", "https://learn.microsoft.com/rest/api/monitor/diagnostic-settings"],
  [/./, "Resource Manager", "https://learn.microsoft.com/rest/api/resources"],
  [/./, "Key Vault", "https://learn.microsoft.com/rest/api/keyvault/secrets"],
  [
    /./,
    "Managed identity",
    "https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference",
  ],
];

/** The text of `PARITY.md`. */
export function parityPage(
  served: readonly Operation[],
  recordings: readonly RecordedExchanges[],
  differences: readonly KnownDifference[],
): string {
  const rows = served.map((operation) => row(operation, recordings, differences));
  const asRecorded = rows.filter(({ status }) => status === "served as recorded").length;
  const table = (api: Api) => [
    `## ${api}`,
    "",
    "| operation | status | source |",
    "| --- | --- | --- |",
    ...rows
      .filter((each) => each.api === api)
      .map(({ text, status, source }) => `| \`${text}\` | ${status} | ${source} |`),
    ...refusedOperations
      .filter((each) => each.api === api)
      .map(({ method, path }) => `| \`${method} ${path}\` | refused | |`),
    "",
  ];
  return [
    "# Parity with Azure",
    "",
    "This page is generated from the routes by `npm run parity-page`.",
    "",
    `The local Azure serves ${served.length} operations, ${asRecorded} of them as recorded.`,
    "_Served as recorded_: a replayed recording of Azure contains the operation, without a listed difference. _Served_: the answers follow",
    "the linked documentation. _Served, with differences_: a replayed recording differs, see below. _Refused_: the error has the API's",
    "format and says that the local Azure does not serve the operation, as for every operation that is not on this page.",
    "",
    ...apis.flatMap(table),
    "## Absent",
    "",
    "| what | why |",
    "| --- | --- |",
    ...absent.map(([what, why]) => `| ${what} | ${why} |`),
    "",
    "## Recordings",
    "",
    "The tests compare selected facts of these recordings with the local Azure: requests, statuses, names of members, codes. Recordings",
    "marked _held out_ were not used to develop the local Azure.",
    "",
    "| recording | exchanges | differences | |",
    "| --- | --- | --- | --- |",
    ...recordings.map(({ name, repository, file, tuned, exchanges }) => {
      const count = differences.filter(({ recording }) => recording === name).length;
      return `| ${repository}, \`${file.split("/").slice(-1)}\` | ${exchanges.length} | ${count} | ${tuned ? "" : "held out"} |`;
    }),
    "",
    "## Differences",
    "",
    "| recording | difference | reason |",
    "| --- | --- | --- |",
    ...differences.map(({ recording, difference, reason }) => `| \`${recording}\` | \`${difference}\` | ${reason} |`),
    "",
  ].join("\n");
}

function row(
  operation: Operation,
  recordings: readonly RecordedExchanges[],
  differences: readonly KnownDifference[],
): { api: Api; text: string; status: string; source: string } {
  const { api, method, path } = operation;
  const recorded = recordings.flatMap(({ name, repository, exchanges }) =>
    exchanges.filter((exchange) => isOf(operation, exchange)).map(({ url }) => ({ name, repository, url })),
  );
  const differs = recorded.some(({ name, url }) =>
    differences.some(
      ({ recording, difference }) => recording === name && difference.startsWith(`${method} ${url.split("?")[0]}: `),
    ),
  );
  const status = recorded.length === 0 ? "served" : differs ? "served, with differences" : "served as recorded";
  const [, , address = ""] = documentation.find(([pattern, of]) => of === api && pattern.test(path)) ?? [];
  const sources = [...new Set(recorded.map(({ repository }) => repository))];
  return { api, text: `${method} ${path}`, status, source: [address, ...sources].join(", ") };
}

const prefixes: Readonly<Record<string, Api>> = {
  entra: "Entra",
  graph: "Microsoft Graph",
  arm: "Resource Manager",
  vault: "Key Vault",
};

function isOf({ api, method, path }: Operation, exchange: { readonly method: string; readonly url: string }): boolean {
  const [, prefix = "", recorded = ""] = /^(\w+):([^?]*)/.exec(exchange.url) ?? [];
  if (prefixes[prefix] !== api || exchange.method !== method) return false;
  const pattern = path.replace(/[.$()]/g, "\\$&").replace(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${pattern}/?$`, "i").test(recorded);
}
