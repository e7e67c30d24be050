import { parseEnv } from "node:util";
import { configurationFrom } from "@microservice-identities/runtime/configuration";
import { evaluate, guid, resolved } from "@microservice-identities/test-support/mocks";
import fc from "fast-check";
import { formatted } from "../../cli/variables/formats";
import { type ServiceDirectory, serviceVariables } from "../../components/serviceVariables";
import { type StackDirectory, serviceWorkload } from "../../components/serviceWorkload";
import { serviceName } from "../../packages/validation/formats";
import { ArgumentError } from "../../packages/validation/userError";
import { cloudOf, publicCloud } from "../../packages/well-known/clouds";
import { rowsOf } from "../docs/pages";

const inventory = {
  clientId: guid("inventory"),
  scope: `api://${guid("inventory")}/.default`,
  credential: { kind: "federated" as const },
  identityClientId: guid("inventory", "identity"),
  calls: {},
};
const orders = {
  clientId: guid("orders"),
  scope: `api://${guid("orders")}/.default`,
  credential: {
    kind: "secret" as const,
    secretName: "client-secret",
    keyIds: [guid("key")],
    expires: "2027-04-30T00:00:00Z",
    nextRotation: "2026-11-19",
  },
  vaultUri: "https://orders-abc123.vault.azure.net/",
  identityClientId: guid("orders", "identity"),
  identityId:
    "/subscriptions/s/resourceGroups/rg-shop-dev/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders-dev",
  calls: { inventory: ["Inventory.Read"] },
  callsOutside: { "finance/ledger": { scope: `api://${guid("ledger")}/.default`, roles: ["Ledger.Write"] } },
};
const stack = { tenantId: guid("tenant"), directory: { orders, inventory } };
const ofOrders = {
  AZURE_TENANT_ID: guid("tenant"),
  AZURE_CLIENT_ID: guid("orders", "identity"),
  SERVICE_CLIENT_ID: guid("orders"),
  SERVICE_CREDENTIAL: "secret",
  SERVICE_VAULT_URI: "https://orders-abc123.vault.azure.net/",
  SERVICE_SECRET_NAME: "client-secret",
  SERVICE_APIS: `{"inventory":"api://${guid("inventory")}/.default","finance/ledger":"api://${guid("ledger")}/.default"}`,
};

describe("the variables of a service", () => {
  it("contain its identity, registration and credential, and the scope of each API that it calls, including APIs of other stacks", () => {
    expect(serviceVariables(stack, "orders")).toEqual(ofOrders);
    expect(serviceVariables({ ...stack, authority: "https://login.microsoftonline.us" }, "orders")).toEqual({
      ...ofOrders,
      AZURE_AUTHORITY_HOST: "https://login.microsoftonline.us",
      SERVICE_CLOUD: "usgovernment",
    });
    expect(serviceVariables({ ...stack, cloud: "china" }, "orders")).toEqual({
      ...ofOrders,
      AZURE_AUTHORITY_HOST: "https://login.partner.microsoftonline.cn",
      SERVICE_CLOUD: "china",
    });
    // A local Azure that simulates another cloud.
    expect(serviceVariables({ ...stack, cloud: "china", authority: "https://localhost:8443" }, "orders")).toEqual({
      ...ofOrders,
      AZURE_AUTHORITY_HOST: "https://localhost:8443",
      SERVICE_CLOUD: "china",
    });
  });

  it("are refused for a service that the stack does not have", () => {
    for (const [unknown, allowed] of [
      ["orderz", 'orders, inventory. Did you mean "orders"?'],
      ["constructor", "orders, inventory"],
    ] as const)
      expect(() => serviceVariables(stack, unknown)).toThrow(new ArgumentError("the service", unknown, allowed));
  });

  it("are a valid configuration of the runtime for any service", () => {
    fc.assert(
      fc.property(directories, ({ stack: given, service }) => {
        const entry = given.directory[service];
        if (!entry) throw new Error("the directory has no such service");
        const { kind } = entry.credential;
        const { vaultUri } = entry;
        const configuration = configurationFrom(serviceVariables(given, service));
        expect(configuration).toEqual({
          tenantId: given.tenantId,
          clientId: entry.clientId,
          identityClientId: entry.identityClientId ?? entry.clientId,
          credential:
            entry.credential.kind === "federated"
              ? { kind }
              : {
                  kind,
                  vaultUri,
                  secretName: entry.credential.secretName,
                  ...(entry.credential.kind === "certificate" ? { thumbprint: entry.credential.thumbprint } : {}),
                },
          scopes: Object.fromEntries([
            ...Object.keys(entry.calls).map((api) => [api, given.directory[api]?.scope]),
            ...Object.entries(entry.callsOutside ?? {}).map(([api, { scope }]) => [api, scope]),
          ]),
          ...(given.authority === undefined ? {} : { authority: given.authority }),
          // An authority in the domain .us or .cn is one of another cloud.
          ...(cloudOf(given) === publicCloud ? {} : { cloud: cloudOf(given).name }),
        });
      }),
    );
  });

  it("that the runtime reads are exactly those in the table of docs/workloads.md", () => {
    const read = new Set<string>();
    const recorder = new Proxy({} as NodeJS.ProcessEnv, {
      get: (_target, name) => {
        if (typeof name === "string") read.add(name);
        return undefined;
      },
    });
    expect(() => configurationFrom(recorder)).toThrow();
    const listed = rowsOf("docs/workloads.md").flatMap(([first = ""]) => /^`([A-Z_]+)`/.exec(first)?.[1] ?? []);
    expect(listed.sort()).toEqual([...read].sort());
  });
});

describe("the formats of the variables", () => {
  const workload = { service: "orders", variables: ofOrders, identityId: orders.identityId, accounts: [] };

  it("dotenv and JSON contain each variable unchanged", () => {
    const { text } = formatted("dotenv", workload);
    expect(parseEnv(text)).toEqual(ofOrders);
    expect(JSON.parse(formatted("json", workload).text)).toEqual(ofOrders);
    expect(() => formatted("dotenv", { ...workload, variables: { SERVICE_APIS: "it's" } })).toThrow(
      new Error("SERVICE_APIS contains a single quote, which this format cannot express: it's. Use --format json"),
    );
  });

  it("containerapp assigns the identity and sets the variables, in the YAML format of az", () => {
    const { text } = formatted("containerapp", { ...workload, variables: { AZURE_TENANT_ID: "t" } });
    expect(text).toBe(
      [
        "identity:",
        "  type: UserAssigned",
        "  userAssignedIdentities:",
        `    ${orders.identityId}: {}`,
        "properties:",
        "  template:",
        "    containers:",
        "      - name: orders",
        "        env:",
        "          - name: AZURE_TENANT_ID",
        "            value: t",
        "",
      ].join("\n"),
    );
  });

  it("appservice sets the variables, and prints the command that assigns the identity", () => {
    const { text, notes } = formatted("appservice", { ...workload, variables: { AZURE_TENANT_ID: "t" } });
    expect(JSON.parse(text)).toEqual([{ name: "AZURE_TENANT_ID", value: "t", slotSetting: false }]);
    expect(notes.at(-1)).toBe(
      `  az webapp identity assign --resource-group <group> --name <app> --identities ${orders.identityId}`,
    );
  });

  it("kubernetes contains the service account and the variables only once, even if two clusters have the same account", () => {
    const account = { namespace: "shop", serviceAccount: "orders" };
    const variables = { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c" };
    const { text } = formatted("kubernetes", { ...workload, variables, accounts: [account, account] });
    expect(text).toBe(
      [
        "apiVersion: v1",
        "kind: ServiceAccount",
        "metadata:",
        "  name: orders",
        "  namespace: shop",
        "  annotations:",
        "    azure.workload.identity/client-id: c",
        "    azure.workload.identity/tenant-id: t",
        "---",
        "apiVersion: v1",
        "kind: ConfigMap",
        "metadata:",
        "  name: orders-identity",
        "  namespace: shop",
        "data:",
        "  AZURE_TENANT_ID: t",
        "  AZURE_CLIENT_ID: c",
        "",
      ].join("\n"),
    );
  });

  it("refuse a platform that cannot run the service, and name the setting to change", () => {
    expect(() => formatted("kubernetes", workload)).toThrow(
      "no service account may run as orders: add services.orders.workload.kubernetes to the settings, and deploy",
    );
    for (const format of ["containerapp", "appservice"] as const)
      expect(() => formatted(format, { ...workload, identityId: undefined })).toThrow(
        "orders has no managed identity: its registration trusts a Kubernetes service account. Use --format kubernetes, or remove services.orders.workload from the settings and deploy",
      );
  });
});

describe("the workload of a service in a Pulumi program", () => {
  it("consists of the identity and the environment for azure-native, and of the annotations for Kubernetes", async () => {
    const outputs = stack as unknown as StackDirectory;
    const { result } = await evaluate(() => serviceWorkload(outputs, "orders"));
    expect(await resolved(result.identity)).toEqual({
      type: "UserAssigned",
      userAssignedIdentities: [orders.identityId],
    });
    expect(await resolved(result.environment)).toEqual(
      Object.entries(ofOrders).map(([name, value]) => ({ name, value })),
    );
    expect(await resolved(result.accountAnnotations)).toEqual({
      "azure.workload.identity/client-id": guid("orders", "identity"),
      "azure.workload.identity/tenant-id": guid("tenant"),
    });
  });
});

const guids = fc.uuid({ version: 4 });
// The runtime refuses an API whose name every object has, such as `constructor`.
const names = fc
  .stringMatching(/^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,5})?$/)
  .filter((name) => serviceName.accepts(name) && !(name in {}));
const addresses = fc.domain().map((host) => `https://${host}`);
const credentials = fc.oneof(
  fc.constant({ kind: "federated" as const }),
  fc.record({
    kind: fc.constant("secret" as const),
    secretName: fc.stringMatching(/^[0-9a-z-]{1,20}$/),
    keyIds: fc.array(guids),
    expires: fc.constant("2027-04-30T00:00:00Z"),
    nextRotation: fc.constant("2026-11-19"),
  }),
  fc.record({
    kind: fc.constant("certificate" as const),
    secretName: fc.constant("client-certificate"),
    thumbprint: fc.stringMatching(/^[0-9a-f]{64}$/),
    keyIds: fc.array(guids),
    expires: fc.constant("2027-04-30T00:00:00Z"),
  }),
);
const entries = fc.record({
  clientId: guids,
  scope: guids.map((id) => `api://${id}/.default`),
  credential: credentials,
  identityClientId: fc.option(guids, { nil: undefined }),
  vaultUri: addresses.map((address) => `${address}/`),
});

/** A directory in which the first service calls all other services, and services of other stacks. */
const directories = fc
  .record({
    tenantId: guids,
    authority: fc.option(addresses, { nil: undefined }),
    services: fc.uniqueArray(fc.tuple(names, entries), {
      minLength: 1,
      maxLength: 4,
      selector: ([name]) => name,
    }),
    outside: fc.dictionary(
      fc.tuple(names, names).map(([landscape, service]) => `${landscape}/${service}`),
      fc.record({ scope: guids.map((id) => `api://${id}/.default`), roles: fc.constant<string[]>(["Read"]) }),
      { maxKeys: 3 },
    ),
  })
  .map(({ tenantId, authority, services, outside }): { stack: ServiceDirectory; service: string } => {
    const [caller = "", ...others] = services.map(([name]) => name);
    const directory = Object.fromEntries(
      services.map(([name, entry]) => [
        name,
        {
          ...entry,
          ...(entry.credential.kind === "federated" ? { vaultUri: undefined } : {}),
          calls: name === caller ? Object.fromEntries(others.map((other) => [other, ["Read"]])) : {},
          ...(name === caller ? { callsOutside: outside } : {}),
        },
      ]),
    );
    return { stack: { tenantId, ...(authority === undefined ? {} : { authority }), directory }, service: caller };
  });
