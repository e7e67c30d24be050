import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readProject } from "@microservice-identities/engine/deployment/project";
import { readStackSettings } from "@microservice-identities/engine/deployment/stackConfig";
import { readSettings as readBootstrap } from "../../bootstrap/settings";
import { readLandscape, readServices, readSettings } from "../../stacks/settings";
import { fileWith, inFolder, type Mistake, secretLike, tooLong } from "./mistake";

const valid = { location: "westeurope", rotation: { since: "2026-11-01" } };

/** Settings as Pulumi passes them to the program: structured values are JSON. */
const asPassed = (settings: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      `shop:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );

const settings = (what: string, given: object, ...message: string[]): Mistake => ({
  what: `settings ${what}`,
  read: () => readSettings(asPassed(given), "shop", "dev"),
  message,
});
const withValid = (what: string, given: object, ...message: string[]) =>
  settings(what, { ...valid, ...given }, ...message);
const withRotation = (what: string, given: object, ...message: string[]) =>
  withValid(what, { rotation: { ...valid.rotation, ...given } }, ...message);
const withOrders = (what: string, given: object, ...message: string[]) =>
  withValid(what, { services: { orders: given } }, ...message);

export const settingsOfStacks: readonly Mistake[] = [
  settings(
    "that are missing",
    {},
    "Pulumi.dev.yaml has 2 problems:",
    "  shop:location is missing; allowed: an Azure region like westeurope",
    "  shop:rotation is missing; allowed: keys and values: since, and optionally periodDays, overlapDays and validityDays",
  ),
  withValid(
    "with the display name of a region",
    { location: "West Europe" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:location is "West Europe"; allowed: an Azure region like westeurope',
  ),
  withValid(
    "with a misspelt key",
    { loction: "westeurope" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:loction is unknown. Did you mean "location"? Allowed here: location, rotation, credential, tags, registration, names, vault, alarms, services, production, protect, listedPermissions, separateConsent, owner, cloud, authority, landscapeFile, landscape, stackReferences, date',
  ),
  withValid(
    "with an unknown key",
    { colour: "red" },
    "Pulumi.dev.yaml has 1 problem:",
    "  shop:colour is unknown; allowed here: location, rotation, credential, tags, registration, names, vault, alarms, services, production, protect, listedPermissions, separateConsent, owner, cloud, authority, landscapeFile, landscape, stackReferences, date",
  ),
  withValid(
    "with a rotation that is not an object",
    { rotation: "monthly" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:rotation is "monthly"; allowed: keys and values: since, and optionally periodDays, overlapDays and validityDays',
  ),
  withRotation(
    "with a first day that is not a date",
    { since: "soon" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:rotation.since is "soon"; allowed: a date that exists, written like 2027-03-31',
  ),
  withRotation(
    "with a period of no days",
    { periodDays: 0 },
    "Pulumi.dev.yaml has 1 problem:",
    "  shop:rotation.periodDays is 0; allowed: a whole number from 1 to 180",
  ),
  withRotation(
    "with a fraction of a day",
    { periodDays: 1.5 },
    "Pulumi.dev.yaml has 1 problem:",
    "  shop:rotation.periodDays is 1.5; allowed: a whole number",
  ),
  withRotation(
    "with a number in quotes",
    { periodDays: "90" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:rotation.periodDays is "90"; allowed: a whole number',
  ),
  withRotation(
    "with an overlap as long as the period",
    { overlapDays: 90 },
    "Pulumi.dev.yaml has 1 problem:",
    "  shop:rotation.overlapDays is 90; allowed: a whole number from 0 to 89",
  ),
  withRotation(
    "with secrets that are valid for a year",
    { validityDays: 365 },
    "Pulumi.dev.yaml has 1 problem:",
    "  shop:rotation.validityDays is 365; allowed: a whole number from 104 to 180",
  ),
  withRotation(
    "with a misspelt key of the rotation",
    { overlapdays: 14 },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:rotation.overlapdays is unknown. Did you mean "overlapDays"? Allowed here: since, periodDays, overlapDays, validityDays',
  ),
  withValid(
    "with certificates for every service",
    { credential: "certificate" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:credential is "certificate"; allowed: "secret" or "federated"',
  ),
  withOrders(
    "with a password as credential",
    { credential: "password" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:services.orders.credential is "password"; allowed: "secret", "certificate" or "federated"',
  ),
  withOrders(
    "with a certificate credential but no certificate file",
    { credential: "certificate" },
    "Pulumi.dev.yaml has 1 problem:",
    "  shop:services.orders.certificateFile is missing; allowed: the PEM file of the service's public certificate",
  ),
  withOrders(
    "with a certificate file although the credential is a secret",
    { certificateFile: "orders.pem" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:services.orders.certificateFile is for the credential "certificate", not "secret"; remove it',
  ),
  withOrders(
    "with a vault for a service that needs none",
    { credential: "federated", vaultName: "kv-orders" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:services.orders.vaultName is for services with a vault; the credential "federated" needs none: remove it',
  ),
  withOrders(
    "with a vault name that is too short",
    { vaultName: "kv" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:services.orders.vaultName is "kv"; allowed: 3 to 24 letters, digits and single hyphens, beginning with a letter and not ending with a hyphen',
  ),
  withOrders(
    "with a secret as the name of a vault",
    { vaultName: secretLike },
    "Pulumi.dev.yaml has 1 problem:",
    "  shop:services.orders.vaultName is a value that looks like a secret and is not shown; allowed: 3 to 24 letters, digits and single hyphens, beginning with a letter and not ending with a hyphen",
  ),
  withOrders(
    "with a revocation without a reason",
    { revoked: { times: 1 } },
    "Pulumi.dev.yaml has 1 problem:",
    "  shop:services.orders.revoked.reason is missing; allowed: text of 1 to 500 characters",
  ),
  withOrders(
    "with a revocation of zero times",
    { revoked: { times: 0, reason: "A leak." } },
    "Pulumi.dev.yaml has 1 problem:",
    "  shop:services.orders.revoked.times is 0; allowed: a whole number from 1",
  ),
  withOrders(
    "with a very long reason",
    { revoked: { times: 1, reason: tooLong } },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:services.orders.revoked.reason is "long long long long long long long long long long long long long long long long… (1499 characters); allowed: text of 1 to 500 characters',
  ),
  withValid(
    "with a service named constructor",
    { services: { constructor: { credential: "secret" } } },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:services.constructor: the name "constructor" is reserved, because every object in JavaScript has a property with this name; choose another name',
  ),
  withValid(
    "with vaults that keep secrets for 100 days",
    { vault: { retentionDays: 100 } },
    "Pulumi.dev.yaml has 1 problem:",
    "  shop:vault.retentionDays is 100; allowed: a whole number from 7 to 90",
  ),
  withValid(
    "with an unknown kind of authorization",
    { vault: { authorization: "both" } },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:vault.authorization is "both"; allowed: "accessPolicies", "migrating" or "rbac"',
  ),
  withValid(
    "with a private IP address",
    { vault: { network: { ipRules: ["203.0.113.7", "10.0.0.1"] } } },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:vault.network.ipRules[1] is "10.0.0.1"; allowed: a public IPv4 address, or a range of them by its first address like 203.0.113.0/24',
  ),
  withValid(
    "with a subnet's name instead of its resource id",
    { vault: { network: { subnets: ["snet"] } } },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:vault.network.subnets[0] is "snet"; allowed: the resource id of a subnet: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…/subnets/…',
  ),
  withValid(
    "with a name instead of the owner's id",
    { owner: "me@example.com" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:owner is "me@example.com"; allowed: a GUID',
  ),
  withValid(
    "with an authority over http",
    { authority: "http://login.microsoftonline.com" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:authority is "http://login.microsoftonline.com"; allowed: an address without a path, like https://login.microsoftonline.com',
  ),
  withValid(
    "with a protection that is not true or false",
    { protect: "yes" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:protect is "yes"; allowed: true or false',
  ),
  withValid(
    "with a landscape name in upper case",
    { landscape: "Shop" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:landscape is "Shop"; allowed: 1 to 40 lowercase letters, digits and single hyphens, beginning with a letter',
  ),
  withValid(
    "with an incomplete stack name",
    { stackReferences: { finance: "finance/prod" } },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:stackReferences.finance is "finance/prod"; allowed: a stack like finance-prod, or organization/project/stack',
  ),
  withValid(
    "with a date that does not exist",
    { date: "2026-02-30" },
    "Pulumi.dev.yaml has 1 problem:",
    '  shop:date is "2026-02-30"; allowed: a date that exists, written like 2027-03-31',
  ),
  settings(
    "with mistakes of several kinds",
    { location: "West Europe", rotation: { since: "2026-11-01", overlapDays: 90 }, protct: true },
    "Pulumi.dev.yaml has 3 problems:",
    '  shop:location is "West Europe"; allowed: an Azure region like westeurope',
    '  shop:protct is unknown. Did you mean "protect"? Allowed here: location, rotation, credential, tags, registration, names, vault, alarms, services, production, protect, listedPermissions, separateConsent, owner, cloud, authority, landscapeFile, landscape, stackReferences, date',
    "  shop:rotation.overlapDays is 90; allowed: a whole number from 0 to 89",
  ),
  {
    what: "settings in a file, with the line of the mistake",
    read: () => {
      const yaml = 'config:\n  shop:location: westeurope\n  rotation:\n    since: "2026-11-01"\n    periodDays: 300\n';
      fileWith("Pulumi.test.yaml", yaml);
      const given = { location: "westeurope", rotation: { since: "2026-11-01", periodDays: 300 } };
      return readSettings(asPassed(given), "shop", "test", inFolder(""));
    },
    message: [
      "Pulumi.test.yaml has 1 problem:",
      "  line 5: shop:rotation.periodDays is 300; allowed: a whole number from 1 to 180",
    ],
  },
];

const parsed = (given: object) => readSettings(asPassed({ ...valid, ...given }), "shop", "dev");
const landscapes = { shop: { services: {} }, payments: { services: {} } };

/** Settings with names that are defined in another file. */
export const namesInSettings: readonly Mistake[] = [
  {
    what: "a setting that names a landscape that does not exist",
    read: () => readLandscape(parsed({ landscape: "payment" }), landscapes),
    message: [
      'landscape is "payment", which is not in stacks/landscapes.ts. Did you mean "payments"? Allowed: shop, payments; or any name, with a landscapeFile',
    ],
  },
  {
    what: "a setting that names the landscape constructor",
    read: () => readLandscape(parsed({ landscape: "constructor" }), landscapes),
    message: [
      'landscape is "constructor", which is not in stacks/landscapes.ts. Allowed: shop, payments; or any name, with a landscapeFile',
    ],
  },
  {
    what: "a setting that names a landscape file that does not exist",
    read: () => readLandscape(parsed({ landscape: "payments", landscapeFile: inFolder("payment.yaml") }), landscapes),
    message: ["landscapeFile: cannot read <folder>/payment.yaml: there is no such file; correct the path"],
  },
  {
    what: "settings for services that the landscape does not have",
    read: () => readServices(parsed({ services: { order: {}, shipping: {} } }), ["orders", "web"], "Pulumi.dev.yaml"),
    message: [
      "Pulumi.dev.yaml has 2 problems:",
      '  services.order is not a service of the landscape shop. Did you mean "orders"? Its services are orders, web',
      "  services.shipping is not a service of the landscape shop. Its services are orders, web",
    ],
  },
  {
    what: "certificates that do not exist, or are private keys",
    read: () => {
      const key = fileWith("key.pem", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
      const service = (certificateFile: string) => ({ credential: "certificate", certificateFile });
      const services = { orders: service(inFolder("none.pem")), web: service(key) };
      return readServices(parsed({ services }), ["orders", "web"], "Pulumi.dev.yaml");
    },
    message: [
      "Pulumi.dev.yaml has 2 problems:",
      "  services.orders.certificateFile is wrong: cannot read <folder>/none.pem: there is no such file; correct the path",
      "  services.web.certificateFile is wrong: <folder>/key.pem is not the PEM of one public X.509 certificate with an RSA key, without its private key",
    ],
  },
  {
    what: "a stack that does not exist",
    read: () => {
      fileWith("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
      fileWith("Pulumi.prod.yaml", "config: {}\n");
      return readStackSettings(inFolder(""), "pord");
    },
    message: ['there is no Pulumi.pord.yaml in the project. Did you mean "prod"? Its stacks are: prod, test'],
  },
  {
    what: "a project in another language",
    read: () => {
      const folder = inFolder("python");
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, "Pulumi.yaml"), "name: shop\nruntime: python\n");
      return readProject(folder);
    },
    message: ["<folder>/python/Pulumi.yaml has 1 problem:", '  line 2: runtime.name is "python"; allowed: "nodejs"'],
  },
  {
    what: "settings of the bootstrap without a pipeline",
    read: () => readBootstrap({ "bootstrap:location": "West Europe" }, "bootstrap", "dev"),
    message: [
      "bootstrap/Pulumi.dev.yaml has 2 problems:",
      '  bootstrap:location is "West Europe"; allowed: an Azure region like westeurope',
      "  bootstrap:githubSubject, azurePipelines or gitlab is missing: one of them must name the jobs that can sign in",
    ],
  },
  {
    what: "settings of the bootstrap with an incomplete GitLab project, and the tier of the daily run",
    read: () =>
      readBootstrap(
        {
          "bootstrap:location": "westeurope",
          "bootstrap:gitlab": JSON.stringify({ issuer: "gitlab.com", project: "acme/shop", tier: "testing" }),
        },
        "bootstrap",
        "dev",
      ),
    message: [
      "bootstrap/Pulumi.dev.yaml has 3 problems:",
      '  bootstrap:gitlab.issuer is "gitlab.com"; allowed: an address without a path, like https://login.microsoftonline.com',
      '  bootstrap:gitlab.project is "acme/shop"; allowed: project_path:<group>/<project> or project_id:<id>, as the subject of the project\'s tokens begins',
      '  bootstrap:gitlab.tier is "testing"; allowed: "production", "staging" or "development"',
    ],
  },
  {
    what: "settings of the bootstrap with an incomplete repository",
    read: () =>
      readBootstrap({ "bootstrap:location": "westeurope", "bootstrap:githubSubject": "acme/shop" }, "bootstrap", "dev"),
    message: [
      "bootstrap/Pulumi.dev.yaml has 1 problem:",
      '  bootstrap:githubSubject is "acme/shop"; allowed: your repository as in the subject of its tokens, for example repo:acme/shop',
    ],
  },
];
