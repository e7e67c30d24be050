import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { selfSigned } from "@microservice-identities/test-support/certificate";
import { projectFolder } from "@microservice-identities/test-support/processes";
import Ajv from "ajv/dist/2020";
import { parse } from "yaml";
import { readServices, readSettings } from "../../stacks/settings";
import { settingsJsonSchema } from "../../stacks/settingsSchema";

const project = "microservice-identities";
const read = (settings: Record<string, unknown>) =>
  readSettings(
    Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [
        key.includes(":") ? key : `${project}:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    project,
    "dev",
  );
const valid = { location: "westeurope", rotation: { since: "2026-11-01" } };

describe("the settings of a stack", () => {
  it("default to a rotation of 90, 14 and 180 days, and ignore other packages' settings", () => {
    expect(read({ ...valid, "azuread:tenantId": "x" })).toEqual({
      location: "westeurope",
      rotation: { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 },
      credential: "secret",
      production: false,
      protect: false,
      listedPermissions: "all",
      separateConsent: false,
      landscape: "shop",
    });
  });

  it("accept a date that YAML parsed as a time", () => {
    expect(read({ ...valid, rotation: { since: "2026-11-01T00:00:00Z" } }).rotation.since).toBe("2026-11-01");
  });

  it("are refused with all problems at once, each with its key and what is allowed", () => {
    expect(() =>
      read({
        location: "West Europe",
        rotation: { since: "soon", periodDays: "90", overlap: 14 },
        vault: { retentionDays: 100, authorization: "both", purge: true },
        loction: "westeurope",
      }),
    ).toThrow(
      new Error(
        [
          "Pulumi.dev.yaml has 8 problems:",
          '  microservice-identities:location is "West Europe"; allowed: an Azure region like westeurope',
          '  microservice-identities:rotation.since is "soon"; allowed: a date that exists, written like 2027-03-31',
          '  microservice-identities:rotation.periodDays is "90"; allowed: a whole number',
          "  microservice-identities:rotation.overlap is unknown; allowed here: since, periodDays, overlapDays, validityDays",
          '  microservice-identities:vault.authorization is "both"; allowed: "accessPolicies", "migrating" or "rbac"',
          "  microservice-identities:vault.retentionDays is 100; allowed: a whole number from 7 to 90",
          "  microservice-identities:vault.purge is unknown; allowed here: authorization, readerRole, publicNetworkAccess, privateEndpoint, diagnostics, retentionDays, purgeProtection, network",
          '  microservice-identities:loction is unknown. Did you mean "location"? Allowed here: location, rotation, credential, tags, registration, names, vault, alarms, services, production, protect, listedPermissions, separateConsent, owner, cloud, authority, landscapeFile, landscape, stackReferences, date',
        ].join("\n"),
      ),
    );
  });

  it("are refused with the names of missing settings", () => {
    expect(() => read({})).toThrow(
      new Error(
        [
          "Pulumi.dev.yaml has 2 problems:",
          "  microservice-identities:location is missing; allowed: an Azure region like westeurope",
          "  microservice-identities:rotation is missing; allowed: keys and values: since, and optionally periodDays, overlapDays and validityDays",
        ].join("\n"),
      ),
    );
  });

  it("cannot contain tags that the stack sets itself, or networks without public network access", () => {
    expect(() => read({ ...valid, tags: { "pulumi-stack": "x" } })).toThrow(/tags.*not beginning with pulumi/);
    const network = { ipRules: ["203.0.113.7"] };
    expect(() => read({ ...valid, vault: { publicNetworkAccess: "disabled", network } })).toThrow(
      /vault\.network has no effect with vault\.publicNetworkAccess disabled/,
    );
  });

  it("cannot contain a template that leads to one name for all services, or unknown placeholders", () => {
    expect(() => read({ ...valid, names: { identity: "id-shop", vault: "kv-{region}-{service}" } })).toThrow(
      /names\.identity is "id-shop"; allowed: text with the placeholders \{landscape\}, \{environment\}, \{service\}, of which \{service\} is needed, for example id-\{service\}-\{environment\}\n.*names\.vault is "kv-\{region\}-\{service\}"/,
    );
    expect(() => read({ ...valid, names: { resourceGroup: "rg-shop-weu-001" } })).not.toThrow();
  });

  it("cannot contain alarms that every secret would raise before its rotation, or a reader role together with access policies", () => {
    const actionGroup = "/subscriptions/s/resourceGroups/rg-hub/providers/Microsoft.Insights/actionGroups/on-call";
    const rotation = { since: "2026-11-01", periodDays: 30, validityDays: 60 };
    expect(() => read({ ...valid, rotation, alarms: { actionGroup } })).toThrow(
      /rotation\.validityDays is 60, and with alarms it has to exceed rotation\.periodDays, 30, by more than 30: Key Vault reports/,
    );
    expect(() =>
      read({ ...valid, rotation: { ...rotation, validityDays: 61 }, alarms: { actionGroup } }),
    ).not.toThrow();
    expect(() => read({ ...valid, vault: { readerRole: "11111111-1111-4111-8111-111111111111" } })).toThrow(
      /vault\.readerRole has no effect with vault\.authorization accessPolicies; remove it/,
    );
  });

  it("accept one service account or a list of 1 to 20, and refuse anything else", () => {
    const account = { issuer: "https://cluster.example/", namespace: "shop", serviceAccount: "orders" };
    const of = (kubernetes: unknown) => read({ ...valid, services: { orders: { workload: { kubernetes } } } });
    for (const kubernetes of [account, [account]])
      expect(readServices(of(kubernetes), ["orders"], "Pulumi.dev.yaml")).toEqual({
        orders: { revocations: 0, workload: { kubernetes } },
      });
    const accounts = Array.from({ length: 21 }, (_, index) => ({ ...account, serviceAccount: `a${index}` }));
    expect(() => of(accounts)).toThrow(/kubernetes is .*; allowed: a service account, or a list of 1 to 20$/);
    expect(() => of([])).toThrow(/kubernetes is \[\]; allowed: a list of at least 1$/);
    expect(() => of({ ...account, issuer: "cluster" })).toThrow(
      new Error(
        'Pulumi.dev.yaml has 1 problem:\n  microservice-identities:services.orders.workload.kubernetes.issuer is "cluster"; allowed: an https address on the internet without a query, exactly as the tokens\' `iss`: on AKS with the slash at its end',
      ),
    );
  });

  it("cannot contain the same service account for two services, because its pods could sign in as both", () => {
    const account = { issuer: "https://cluster.example/", namespace: "shop", serviceAccount: "orders" };
    const elsewhere = { ...account, issuer: "https://other.example/" };
    const services = (kubernetes: unknown) => ({
      orders: { workload: { kubernetes: account } },
      billing: { workload: { kubernetes } },
    });
    expect(() => read({ ...valid, services: services([elsewhere, account]) })).toThrow(
      new Error(
        "Pulumi.dev.yaml has 1 problem:\n  microservice-identities:services.billing.workload.kubernetes[1] and services.orders.workload.kubernetes are the same service account, shop/orders of https://cluster.example/; each service needs its own, because a pod that runs as it can sign in as the service",
      ),
    );
    expect(() => read({ ...valid, services: services(elsewhere) })).not.toThrow();
  });

  it("cannot contain a rotation whose secrets would expire before the end of the overlap", () => {
    expect(() => read({ ...valid, rotation: { since: "2026-11-01", validityDays: 95 } })).toThrow(
      new Error(
        "Pulumi.dev.yaml has 1 problem:\n  microservice-identities:rotation.validityDays is 95; allowed: a whole number from 104 to 180",
      ),
    );
  });

  it("name the credential of each service, and cannot contradict it", () => {
    expect(
      readServices(
        read({ ...valid, services: { a: { credential: "federated" }, b: { revoked: { times: 2, reason: "Seen." } } } }),
        ["a", "b"],
        "Pulumi.dev.yaml",
      ),
    ).toEqual({ a: { credential: { kind: "federated" } }, b: { revocations: 2 } });
    expect(() =>
      read({
        ...valid,
        services: {
          a: { credential: "certificate" },
          b: { credential: "federated", certificateFile: "b.pem", revoked: { times: 1, reason: "Seen." } },
          c: { credential: "password", colour: "red" },
        },
      }),
    ).toThrow(
      new Error(
        [
          "Pulumi.dev.yaml has 2 problems:",
          '  microservice-identities:services.c.credential is "password"; allowed: "secret", "certificate" or "federated"',
          "  microservice-identities:services.c.colour is unknown; allowed here: tags, registration, credential, certificateFile, vaultName, workload, workloadDeployer, revoked",
        ].join("\n"),
      ),
    );
    expect(() =>
      read({
        ...valid,
        services: {
          a: { credential: "certificate" },
          b: { credential: "federated", certificateFile: "b.pem", revoked: { times: 1, reason: "Seen." } },
        },
      }),
    ).toThrow(
      new Error(
        [
          "Pulumi.dev.yaml has 3 problems:",
          "  microservice-identities:services.a.certificateFile is missing; allowed: the PEM file of the service's public certificate",
          '  microservice-identities:services.b.certificateFile is for the credential "certificate", not "federated"; remove it',
          '  microservice-identities:services.b.revoked is for the credential "secret", not "federated"; remove it',
        ].join("\n"),
      ),
    );
  });

  it("give every service the stack's credential, unless it has its own", () => {
    const settings = read({ ...valid, credential: "federated", services: { b: { credential: "secret" } } });
    expect(readServices(settings, ["a", "b"], "Pulumi.dev.yaml")).toEqual({
      a: { credential: { kind: "federated" } },
      b: { revocations: 0 },
    });
  });

  it("cannot contain a vault for two services, duplicate networks or references, or a network that admits nobody", () => {
    const subnet = `/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/Apps`;
    expect(() =>
      read({
        ...valid,
        services: { a: { vaultName: "kv-shared" }, b: { vaultName: "KV-Shared" }, c: { vaultName: "kv-own" } },
        vault: { network: { ipRules: ["203.0.113.7", "203.0.113.7/32"], subnets: [subnet, subnet.toLowerCase()] } },
        stackReferences: { shop: "other", finance: "finance-dev", hr: "finance-dev" },
      }),
    ).toThrow(
      new Error(
        [
          "Pulumi.dev.yaml has 5 problems:",
          '  microservice-identities:services.b.vaultName and services.a.vaultName are both "KV-Shared"; each service needs its own vault, because an identity that can read a vault can read every secret in it',
          '  microservice-identities:vault.network.ipRules[1] is "203.0.113.7/32", the same as vault.network.ipRules[0]; remove one of the two',
          `  microservice-identities:vault.network.subnets[1] is ${JSON.stringify(subnet.toLowerCase()).slice(0, 80)}… (${subnet.length} characters), the same as vault.network.subnets[0]; remove one of the two`,
          "  microservice-identities:stackReferences.shop is this stack's own landscape; remove it: a service here is called by its name, without the landscape",
          '  microservice-identities:stackReferences.hr and stackReferences.finance are both "finance-dev"; a stack deploys one landscape: correct one of them',
        ].join("\n"),
      ),
    );
    for (const network of [{}, { ipRules: [], subnets: [] }])
      expect(() => read({ ...valid, vault: { network } })).toThrow(
        new Error(
          "Pulumi.dev.yaml has 1 problem:\n  microservice-identities:vault.network admits nobody, not even the services; allowed: ipRules or subnets, or no vault.network for all networks",
        ),
      );
  });

  it("cannot contain the same certificate for two services, because its key could sign in as both", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "certificates-"));
    try {
      const pem = (await selfSigned("shared")).pem;
      const files = ["a.pem", "b.pem"].map((name) => path.join(folder, name));
      for (const file of files) await writeFile(file, pem);
      const [first, second] = files.map((certificateFile) => ({ credential: "certificate", certificateFile }));
      expect(() =>
        readServices(read({ ...valid, services: { a: first, b: second } }), ["a", "b"], "Pulumi.dev.yaml"),
      ).toThrow(
        new Error(
          "Pulumi.dev.yaml has 1 problem:\n  services.b.certificateFile is also the certificate of a; each service needs its own key, because the holder of a key can sign in as the service",
        ),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("accept only public addresses and subnets for a vault's firewall", () => {
    const network = { ipRules: ["203.0.113.7", "198.51.100.0/24", "10.0.0.0/8", "home"], subnets: ["snet"] };
    expect(() => read({ ...valid, vault: { network } })).toThrow(
      new Error(
        [
          "Pulumi.dev.yaml has 3 problems:",
          '  microservice-identities:vault.network.ipRules[2] is "10.0.0.0/8"; allowed: a public IPv4 address, or a range of them by its first address like 203.0.113.0/24',
          '  microservice-identities:vault.network.ipRules[3] is "home"; allowed: a public IPv4 address, or a range of them by its first address like 203.0.113.0/24',
          '  microservice-identities:vault.network.subnets[0] is "snet"; allowed: the resource id of a subnet: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…/subnets/…',
        ].join("\n"),
      ),
    );
  });
});

describe("the published schema of a stack's file", () => {
  const published = JSON.parse(readFileSync(path.join(projectFolder, "docs/settings.schema.json"), "utf8")) as object;
  const validate = new Ajv({ strict: false, formats: { date: true, uuid: true } }).compile(published);

  it("is the one with which the program checks settings", () => {
    expect(published).toEqual(settingsJsonSchema());
  });

  const fileOf = (name: string) => parse(readFileSync(path.join(projectFolder, name), "utf8"));
  const problemsOf = (config: object) => {
    validate({ config });
    return (validate.errors ?? []).map(({ keyword, params }) => [keyword, params]);
  };

  it("accepts the file of each stack, which the program accepts too", () => {
    const { name: project } = fileOf("Pulumi.yaml");
    for (const file of readdirSync(projectFolder)) {
      const [, stack] = /^Pulumi\.(.+)\.yaml$/.exec(file) ?? [];
      if (stack === undefined) continue;
      const content = fileOf(file);
      expect([file, validate(content), validate.errors]).toEqual([file, true, null]);
      const config = Object.entries<unknown>(content.config).map(([key, value]) => [
        key.includes(":") ? key : `${project}:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]);
      expect(() => readSettings(Object.fromEntries(config), project, stack)).not.toThrow();
    }
  });

  it("accepts a setting's name with and without the project's name, and values as the CLI writes them", () => {
    expect(problemsOf(valid)).toEqual([]);
    const written = { "shop:location": "westeurope", "shop:rotation": valid.rotation, "shop:protect": "true" };
    expect(problemsOf({ ...written, "azure-native:location": "West Europe" })).toEqual([]);
  });

  it("refuses a key that is not a setting, a setting that is missing, and a value that is not allowed", () => {
    expect(problemsOf({ ...valid, loction: "x" })).toEqual([
      ["additionalProperties", { additionalProperty: "loction" }],
    ]);
    expect(problemsOf({ rotation: valid.rotation, "azuread:location": "y" })).toEqual([
      ["required", { missingProperty: "location" }],
    ]);
    for (const key of ["location", "shop:location"])
      expect(problemsOf({ ...valid, [key]: "West Europe" })).toEqual([["pattern", { pattern: "^[a-z][a-z0-9]+$" }]]);
  });
});
