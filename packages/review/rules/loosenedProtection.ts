import { type EvaluatedResource, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { ChangedResource } from "../resourceChange";
import { ofType } from "../resourceType";
import type { Breach, Rule } from "../rule";
import { ofName } from "../subject";
import type { VaultProperties } from "../vault";

export const loosenedProtection: Rule = {
  id: "loosened-protection",
  compares: true,
  severity: "medium",
  rationale:
    "Locks, resource options, networks and audit logs limit what a stolen credential or a mistake can do, and how long it stays unnoticed.",
  remedy: "Explain in the pull request why the protection is no longer needed, or revert the change.",
  check: ({ resources, before }) => {
    const { changed = [], removed = [] } = before ?? {};
    const now = ({ type, name }: ChangedResource) =>
      resources.find((resource) => resource.type === type && nameOf(resource.urn) === name);
    return [
      ...removed.flatMap(({ type, name }) => {
        const [, consequence] = protectors.find(([kind]) => kind.test(type)) ?? [];
        return consequence === undefined ? [] : [{ subject: ofName(name), message: `is removed: ${consequence}` }];
      }),
      ...changed.flatMap((each): Breach[] => {
        const resource = now(each);
        if (!resource) return [];
        const has = (property: string) => each.properties.includes(property);
        return changes
          .filter(({ property, isLooser }) => has(property) && isLooser(resource))
          .map(({ message }) => ({ subject: ofName(each.name), message }));
      }),
    ].filter(({ subject, message }, index, all) =>
      all.slice(0, index).every((other) => other.subject.text !== subject.text || other.message !== message),
    );
  },
};

/** The protection that is lost without the resource, by type. */
const protectors: readonly (readonly [RegExp, string])[] = [
  [/^azure-native:authorization.*:ManagementLock\w+$/, "what it locked can be changed and deleted"],
  [/^azure-native:monitor.*:DiagnosticSetting$/, "nothing records what it logged"],
];

interface Loosening {
  readonly property: string;
  /** Whether the resource's new value is weaker, or is not known to be stricter. */
  readonly isLooser: (resource: EvaluatedResource) => boolean;
  readonly message: string;
}

const grants =
  /:(AppRoleAssignment|RoleAssignment|AccessPolicy|\w+Password|\w+Certificate|\w+FederatedIdentityCredential)$/;

const isOfVault = (resource: EvaluatedResource): boolean =>
  ofType([resource], "azure-native:keyvault:Vault").length > 0;

const isReachable = (resource: EvaluatedResource): boolean => {
  const { publicNetworkAccess, networkAcls } = (resource.properties.properties ?? {}) as VaultProperties;
  // Azure's own services have access even if the public network access is disabled.
  const isBypassed = !/^none$/i.test(`${networkAcls?.bypass ?? "None"}`);
  return isOfVault(resource) && (isBypassed || !/^disabled$/i.test(`${publicNetworkAccess ?? ""}`));
};

const changes: readonly Loosening[] = [
  {
    property: "options.protect",
    isLooser: ({ options }) => options?.protect !== true,
    message: "can be deleted from now on (protect)",
  },
  {
    property: "options.retainOnDelete",
    isLooser: ({ type, options }) => options?.retainOnDelete === true && grants.test(type),
    message: "stays in Azure when it is removed from the stack (retainOnDelete)",
  },
  {
    property: "options.additionalSecretOutputs",
    isLooser: ({ options }) => options?.additionalSecretOutputs === undefined,
    message: "no longer keeps its outputs secret in the state (additionalSecretOutputs)",
  },
  ...["properties.networkAcls", "properties.publicNetworkAccess"].map((property) => ({
    property,
    isLooser: isReachable,
    message: "is open to different networks than before",
  })),
];
