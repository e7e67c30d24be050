import { nearExpiryDays } from "../components/alarms";
import { rotationProblems } from "../components/rotation";
import { alike } from "../packages/validation/alike";
import { type Problem, placeOf } from "../packages/validation/problems";
import { type Readable, settingProblem } from "../packages/validation/settings";
import { shown } from "../packages/validation/shown";
import type { ServiceSetting, Settings, schema } from "./settingsSchema";

/** Finds settings that are each valid, but contradict each other. Missing settings are not checked. */
export function contradictions({
  rotation,
  services = {},
  credential = "secret",
  vault,
  alarms,
  landscape,
  stackReferences = {},
}: Readable<typeof schema>): Problem[] {
  const { ipRules = [], subnets = [] } = vault?.network ?? {};
  const vaultNames = Object.entries(services).flatMap(([name, { vaultName }]) =>
    vaultName === undefined ? [] : [[name, vaultName] as const],
  );
  return [
    ...Object.entries(services).flatMap(([name, service]) => ofService(name, service, credential)),
    // Compared case-insensitively, because the name of a vault is part of a host name.
    ...alike(vaultNames, ([, vaultName]) => vaultName.toLowerCase()).map(([[name, vaultName], [other]]) =>
      settingProblem(
        ["services", name, "vaultName"],
        `and services.${other}.vaultName are both "${vaultName}"; each service needs its own vault, because an identity that can read a vault can read every secret in it`,
      ),
    ),
    ...alike(accountsIn(services), ({ account }) => account).map(([{ path, account }, { path: other }]) =>
      settingProblem(
        path,
        `and ${placeOf(other)} are the same service account, ${account}; each service needs its own, because a pod that runs as it can sign in as the service`,
      ),
    ),
    ...(vault?.network && ipRules.length + subnets.length === 0
      ? [
          settingProblem(
            ["vault", "network"],
            "admits nobody, not even the services; allowed: ipRules or subnets, or no vault.network for all networks",
          ),
        ]
      : []),
    ...(vault?.readerRole !== undefined && (vault.authorization ?? "accessPolicies") === "accessPolicies"
      ? [
          settingProblem(
            ["vault", "readerRole"],
            "has no effect with vault.authorization accessPolicies; remove it, or set vault.authorization to migrating or rbac",
          ),
        ]
      : []),
    ...(vault?.publicNetworkAccess === "disabled" && vault.network
      ? [
          settingProblem(
            ["vault", "network"],
            "has no effect with vault.publicNetworkAccess disabled, which admits only private endpoints; remove one of them",
          ),
        ]
      : []),
    ...repeated(ipRules, ["vault", "network", "ipRules"], (rule) => rule.replace(/\/32$/, "")),
    ...repeated(subnets, ["vault", "network", "subnets"], (subnet) => subnet.toLowerCase()),
    ...(landscape !== undefined && Object.hasOwn(stackReferences, landscape)
      ? [
          settingProblem(
            ["stackReferences", landscape],
            "is this stack's own landscape; remove it: a service here is called by its name, without the landscape",
          ),
        ]
      : []),
    ...alike(Object.entries(stackReferences), ([, stack]) => stack).map(([[name, stack], [other]]) =>
      settingProblem(
        ["stackReferences", name],
        `and stackReferences.${other} are both "${stack}"; a stack deploys one landscape: correct one of them`,
      ),
    ),
    ...(alarms && rotation && rotation.validityDays - rotation.periodDays <= nearExpiryDays
      ? [
          settingProblem(
            ["rotation", "validityDays"],
            `is ${rotation.validityDays}, and with alarms it has to exceed rotation.periodDays, ${rotation.periodDays}, by more than ${nearExpiryDays}: Key Vault reports every secret ${nearExpiryDays} days before it expires, so each would raise the alarm before its rotation`,
          ),
        ]
      : []),
    ...(rotation ? rotationProblems(rotation) : []).map(({ key, error }) => ({
      path: ["rotation", key],
      text: error.message,
    })),
  ];
}

/** The service accounts of all services. Accounts of different clusters are different, even with the same name. */
const accountsIn = (services: NonNullable<Settings["services"]>) =>
  Object.entries(services).flatMap(([name, { workload }]) => {
    const accounts = workload ? [workload.kubernetes].flat() : [];
    return accounts.map(({ issuer, namespace, serviceAccount }, index) => ({
      path: ["services", name, "workload", "kubernetes", ...(accounts.length > 1 ? [index] : [])],
      account: `${namespace}/${serviceAccount} of ${issuer}`,
    }));
  });

function ofService(
  name: string,
  { certificateFile, revoked, vaultName, workloadDeployer, workload, ...own }: ServiceSetting,
  usual: Settings["credential"],
): Problem[] {
  const { credential = usual } = own;
  const problem = (key: string, text: string) => [settingProblem(["services", name, key], text)];
  return [
    ...(credential === "certificate" && certificateFile === undefined
      ? problem("certificateFile", "is missing; allowed: the PEM file of the service's public certificate")
      : []),
    ...(credential !== "certificate" && certificateFile !== undefined
      ? problem("certificateFile", `is for the credential "certificate", not "${credential}"; remove it`)
      : []),
    ...(credential === "federated" && vaultName !== undefined
      ? problem("vaultName", 'is for services with a vault; the credential "federated" needs none: remove it')
      : []),
    ...(credential === "federated" && workload && workloadDeployer !== undefined
      ? problem(
          "workloadDeployer",
          'is for services with a managed identity; with the credential "federated" and workload.kubernetes there is none: remove it',
        )
      : []),
    ...(credential !== "secret" && revoked !== undefined
      ? problem("revoked", `is for the credential "secret", not "${credential}"; remove it`)
      : []),
  ];
}

const repeated = (values: readonly string[], path: readonly string[], plain: (value: string) => string): Problem[] =>
  alike([...values.entries()], ([, value]) => plain(value)).map(([[index, value], [other]]) =>
    settingProblem(
      [...path, index],
      `is ${shown(value)}, the same as ${placeOf([...path, other])}; remove one of the two`,
    ),
  );
