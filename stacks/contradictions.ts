import { checkRotation } from "../components/rotation";
import { alike } from "../packages/validation/alike";
import { ArgumentError } from "../packages/validation/userError";
import type { ServiceSetting, Settings } from "./settingsSchema";

/** What is wrong with settings that are each valid and do not go together, each with its key or keys. */
export function contradictions({
  rotation,
  services = {},
  credential,
  vault,
  landscape,
  stackReferences = {},
}: Settings): string[] {
  const vaultNames = Object.entries(services).flatMap(([name, { vaultName }]) =>
    vaultName === undefined ? [] : [[name, vaultName] as const],
  );
  return [
    ...Object.entries(services).flatMap(([name, service]) => ofService(name, service, credential)),
    // Without regard to case: the name of a vault is part of a host name.
    ...alike(vaultNames, ([, vaultName]) => vaultName.toLowerCase()).map(
      ([[name, vaultName], [other]]) =>
        `services.${name}.vaultName and services.${other}.vaultName are both "${vaultName}"; each service needs a vault of its own, because who can read a vault can read every secret in it`,
    ),
    ...(vault?.network && (vault.network.ipRules ?? []).length + (vault.network.subnets ?? []).length === 0
      ? [
          "vault.network admits nobody, not even the services; allowed: ipRules or subnets, or no vault.network for all networks",
        ]
      : []),
    ...repeated(vault?.network?.ipRules, "vault.network.ipRules", (rule) => rule.replace(/\/32$/, "")),
    ...repeated(vault?.network?.subnets, "vault.network.subnets", (subnet) => subnet.toLowerCase()),
    ...(landscape in stackReferences
      ? [`stackReferences.${landscape} is this stack's own landscape; a service here is called by its name alone`]
      : []),
    ...alike(Object.entries(stackReferences), ([, stack]) => stack).map(
      ([[name, stack], [other]]) =>
        `stackReferences.${name} and stackReferences.${other} are both "${stack}"; a stack deploys one landscape`,
    ),
    ...ofRotation(rotation),
  ];
}

function ofService(
  name: string,
  { certificateFile, revoked, vaultName, ...own }: ServiceSetting,
  usual: Settings["credential"],
): string[] {
  const { credential = usual } = own;
  return [
    ...(credential === "certificate" && certificateFile === undefined
      ? [`services.${name}.certificateFile is missing; allowed: the PEM file of the service's public certificate`]
      : []),
    ...(credential !== "certificate" && certificateFile !== undefined
      ? [`services.${name}.certificateFile is for the credential "certificate", not "${credential}"`]
      : []),
    ...(credential === "federated" && vaultName !== undefined
      ? [`services.${name}.vaultName is for services with a vault; a service with the credential "federated" has none`]
      : []),
    ...(credential !== "secret" && revoked !== undefined
      ? [`services.${name}.revoked is for the credential "secret", not "${credential}"`]
      : []),
  ];
}

const repeated = (values: readonly string[] = [], key: string, plain: (value: string) => string): string[] =>
  alike([...values.entries()], ([, value]) => plain(value)).map(
    ([[index, value], [other]]) => `${key}.${index} is "${value}", which is ${key}.${other} too; remove one of them`,
  );

function ofRotation(rotation: Settings["rotation"]): string[] {
  try {
    checkRotation(rotation);
    return [];
  } catch (error) {
    if (error instanceof ArgumentError) return [error.message];
    throw error;
  }
}
