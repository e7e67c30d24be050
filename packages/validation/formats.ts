import { startOf } from "./days";
import { limits } from "./limits";

/** A format of valid values: the test, and a description for people. */
export interface Format<T> {
  readonly accepts: (value: T) => boolean;
  /** Completes the sentence "allowed: …". */
  readonly allowed: string;
  /** An equivalent regular expression without flags, if one exists, for JSON Schemas. */
  readonly pattern?: RegExp;
}

const patterned = (pattern: RegExp, allowed: string): Format<string> => ({
  accepts: (value) => pattern.test(value),
  allowed,
  pattern,
});

export const oneOf = <T extends string>(...values: readonly T[]): Format<T> => ({
  accepts: (value) => values.includes(value),
  allowed: values.map((value) => JSON.stringify(value)).join(" or "),
});

export const wholeNumber = (least: number, most: number): Format<number> => ({
  accepts: (value) => Number.isInteger(value) && value >= least && value <= most,
  allowed: `a whole number from ${least} to ${most}`,
});

export const text = (most: number): Format<string> => ({
  accepts: (value) => typeof value === "string" && value.trim().length > 0 && value.length <= most,
  allowed: `text of 1 to ${most} characters`,
});

export const guid = patterned(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "a GUID");

/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
export const vaultName: Format<string> = {
  accepts: (value) =>
    value.length >= limits.vaultName.least &&
    value.length <= limits.vaultName.most &&
    /^[a-z](-?[a-z0-9])*$/i.test(value),
  allowed: `${limits.vaultName.least} to ${limits.vaultName.most} letters, digits and single hyphens, beginning with a letter and not ending with a hyphen`,
};

/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
export const secretName: Format<string> = {
  accepts: (value) => value.length <= limits.secretName && /^[0-9a-z-]+$/i.test(value),
  allowed: `1 to ${limits.secretName} letters, digits and hyphens`,
};

/**
 * The `value` of an app role, as it appears in a token's `roles`.
 * https://learn.microsoft.com/graph/api/resources/approle
 */
export const appRoleValue: Format<string> = {
  accepts: (value) => value.length <= limits.appRoleValue && /^(?!\.)[\w!#$%&'()*+,\-./:;=?@[\]^`{|}~]+$/.test(value),
  allowed: `1 to ${limits.appRoleValue} letters, digits and !#$%&'()*+,-./:;=?@[]^_\`{|}~, without a space and not beginning with a dot`,
};

/** A service's name: it becomes part of vault, identity and display names, so it keeps to what all of them allow. */
export const serviceName: Format<string> = {
  accepts: (value) => value.length <= limits.serviceName && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value),
  allowed: `1 to ${limits.serviceName} lowercase letters, digits and single hyphens, beginning with a letter`,
};

/**
 * The name of a resource group, without a dot at the end.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources
 */
export const resourceGroupName: Format<string> = {
  accepts: (value) => value.length <= limits.resourceGroupName && /^[\w.()-]*[\w()-]$/.test(value),
  allowed: `1 to ${limits.resourceGroupName} letters, digits, hyphens, underscores, dots and parentheses, not ending with a dot`,
};

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftmanagedidentity */
export const identityName: Format<string> = wordOf(limits.identityName);

/**
 * The name of a federated identity credential.
 * https://learn.microsoft.com/graph/api/resources/federatedidentitycredential (`name`)
 */
export const credentialName: Format<string> = wordOf(limits.credentialName);

function wordOf({ least, most }: { readonly least: number; readonly most: number }): Format<string> {
  return {
    accepts: (value) => value.length >= least && value.length <= most && /^[a-z0-9][a-z0-9_-]+$/i.test(value),
    allowed: `${least} to ${most} letters, digits, hyphens and underscores, beginning with a letter or digit`,
  };
}

/** A service of another landscape. */
export const qualifiedName: Format<string> = {
  accepts: (value) => value.split("/").length === 2 && value.split("/").every(serviceName.accepts),
  allowed: "a landscape's and a service's name, like finance/ledger",
};

/** A calendar date, `2027-03-31`, that exists. */
export const isoDate: Format<string> = {
  accepts: (value) => {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
    const date = startOf(value);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
  },
  allowed: "a date that exists, written like 2027-03-31",
};

/** An Azure region by its name, not by its display name "West Europe". */
export const azureRegion = patterned(/^[a-z][a-z0-9]+$/, "an Azure region like westeurope");

/** The authority that issues tokens. Clouds and many libraries write it with a slash at the end: see {@link authorityIn}. */
export const authority = patterned(
  /^https:\/\/[^/\s]+\/?$/,
  "an address without a path, like https://login.microsoftonline.com",
);

/** An authority as it appears in the issuer of its tokens: in lower case, without a slash at the end. @param given in the format {@link authority} */
export const authorityIn = (given: string): string => new URL(given).origin;

/** A stack of this project by its name alone, or any by its full name. */
export const stackName = patterned(
  /^[^/\s]+(\/[^/\s]+\/[^/\s]+)?$/,
  "a stack like finance-prod, or organization/project/stack",
);

/** The beginning of the subjects of a GitHub repository's tokens. */
export const githubSubject = patterned(
  /^repo:[\w.@-]+\/[\w.@-]+$/,
  "your repository as in the subject of its tokens, for example repo:acme/shop",
);

/** What the subjects of a GitLab project's tokens begin with. */
export const gitlabProject = patterned(
  /^project_(path:[\w.-]+(\/[\w.-]+)+|id:\d+)$/,
  "project_path:<group>/<project> or project_id:<id>, as the subject of the project's tokens begins",
);

export const subnetId: Format<string> = {
  accepts: (value) =>
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Network\/virtualNetworks\/[^/]+\/subnets\/[^/]+$/i.test(
      value,
    ),
  allowed:
    "the resource id of a subnet: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…/subnets/…",
};

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
export const kubernetesNamespace: Format<string> = {
  accepts: (value) => value.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value),
  allowed: "a namespace: 1 to 63 lowercase letters, digits and hyphens",
};

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
export const kubernetesName: Format<string> = {
  accepts: (value) => value.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(value),
  allowed: "a service account: 1 to 253 lowercase letters, digits, hyphens and dots",
};

/**
 * The issuer of a cluster's tokens. Entra compares it with the token's `iss`, character by character, and fetches the keys from it.
 * AKS ends it with a slash. Entra cannot reach the default issuer of a cluster.
 * https://azure.github.io/azure-workload-identity/docs/troubleshooting.html
 */
export const tokenIssuer = patterned(
  /^https:\/\/(?![^\s/]*\.(svc|local)(:\d+)?(\/|$))(?![^\s/]+\.oic\.prod-aks\.azure\.com(\/|$)[^\s?#]*(?<!\/)$)[^\s?#]+$/,
  "an https address on the internet without a query, exactly as the tokens' `iss`: on AKS with the slash at its end",
);

/** The Log Analytics workspace that receives audit logs. */
export const workspaceId: Format<string> = resourceIdOf(
  "Microsoft.OperationalInsights/workspaces",
  "a Log Analytics workspace",
);

/** The action group that Azure notifies of an alert. */
export const actionGroupId: Format<string> = resourceIdOf("Microsoft.Insights/actionGroups", "an action group");

/** The zone `privatelink.vaultcore.azure.net`, or the one of another cloud. */
export const privateDnsZoneId: Format<string> = resourceIdOf("Microsoft.Network/privateDnsZones", "a private DNS zone");

function resourceIdOf(type: string, what: string): Format<string> {
  const pattern = new RegExp(
    `^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${type.replace(".", "\\.")}/[^/]+$`,
    "i",
  );
  return {
    accepts: (value) => pattern.test(value),
    allowed: `the resource id of ${what}: /subscriptions/…/resourceGroups/…/providers/${type}/…`,
  };
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations. Names that begin with `pulumi` are the stack's. */
export const tagName: Format<string> = {
  accepts: (value) => value.length <= limits.tagName && /^(?!pulumi)[^<>%&\\?/]+$/i.test(value),
  allowed: `1 to ${limits.tagName} characters without <>%&\\?/, not beginning with pulumi`,
};
