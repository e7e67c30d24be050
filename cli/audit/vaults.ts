import { armVersions } from "@microservice-identities/engine/deployment/armVersions";
import { inParallel } from "@microservice-identities/proof/inParallel";
import { signsInFrom } from "@microservice-identities/review/access/signInWords";
import { normalizedId } from "@microservice-identities/well-known/ids";
import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import { azureRoleExtras } from "./azureRoles";
import { type Declared, type DeclaredVault, permissionsIn } from "./declared";
import { type Extra, extra } from "./extra";
import type { PrincipalRights } from "./principalRights";
import type { Reading } from "./reading";
import { shell } from "./shell";

type Json = Readonly<Record<string, unknown>>;

/** The readers of the stack's vaults, their firewalls, and who can sign in as its identities. */
export async function azureExtras(declared: Declared, reading: Reading, rights: PrincipalRights): Promise<Extra[]> {
  const vaults = await vaultsIn(declared, reading);
  const isRbac = new Map(
    [...vaults].map(([id, { enableRbacAuthorization }]) => [id, enableRbacAuthorization === true]),
  );
  const [trusts, roles] = await Promise.all([
    identityTrusts(declared, reading),
    azureRoleExtras(declared, reading, rights, isRbac),
  ]);
  for (const { name, id } of declared.vaults)
    for (const policy of listOf(vaults.get(normalizedId(id))?.accessPolicies))
      rights.add(
        (policy as Json).objectId,
        `has an access policy of ${name} (${permissionsIn(policy as Json).join(", ")})`,
        true,
      );
  const ofVaults = declared.vaults.flatMap((vault) => {
    const actual = vaults.get(normalizedId(vault.id));
    return actual ? [...policyExtras(declared, vault, actual), ...openings(vault, actual)] : [];
  });
  return [...ofVaults, ...trusts, ...roles];
}

/** One list for each subscription, instead of a request for each vault. */
async function vaultsIn({ vaults }: Declared, reading: Reading): Promise<ReadonlyMap<string, Json>> {
  const subscriptions = new Set(vaults.map(({ id }) => id.split("/").slice(0, 3).join("/")));
  const lists = [...subscriptions].map((subscription) =>
    reading.tried("the vaults", "Reader of the subscription in Azure", () =>
      reading.tenant.resources(`${subscription}/providers/Microsoft.KeyVault/vaults`, keyVaultVersion),
    ),
  );
  const rows = (await Promise.all(lists)).flatMap((list) => list ?? []);
  return new Map(rows.map(({ id, properties }) => [normalizedId(id), (properties ?? {}) as Json]));
}

function policyExtras(declared: Declared, { name, id, resource }: DeclaredVault, { accessPolicies }: Json): Extra[] {
  return listOf(accessPolicies).flatMap((policy) => {
    const { objectId } = policy as { objectId: string };
    const known = declared.permissionsOf(id, objectId);
    const added = permissionsIn(policy as Json).filter((permission) => !known.has(permission));
    if (added.length === 0) return [];
    return [
      extra("undeclared-reader", {
        about: [name, "access policy", objectId],
        message: `is an access policy with permissions that nobody declared: ${objectId} may use ${added.join(", ")}`,
        access: {
          readers: [
            {
              vault: resource,
              reader: declared.principalName(objectId),
              permissions: added.map((permission) => permission.replace(/^secrets\//, "")),
            },
          ],
        },
        away: [
          known.size === 0
            ? shell`az keyvault delete-policy --name ${name} --object-id ${objectId}`
            : shell`az keyvault set-policy --name ${name} --object-id ${objectId} --secret-permissions ` +
              [...known].map((each) => each.split("/")[1]).join(" "),
        ],
      }),
    ];
  });
}

const refresh = "pulumi up --refresh";

/** The settings in which the vault is more open than declared. */
function openings({ name, properties }: DeclaredVault, actual: Json): Extra[] {
  const network = (what: string, message: string, away: string) =>
    extra("undeclared-network", { about: [name, what], message, away: [away] });
  const [wanted, there] = [firewallOf(properties), firewallOf(actual)];
  const found: Extra[] = [];
  if (there.isPublic && !wanted.isPublic)
    found.push(
      network(
        "public access",
        "is open to public networks, which nobody declared: the firewall no longer keeps all of them out",
        shell`az keyvault update --name ${name} --public-network-access Disabled`,
      ),
    );
  if (there.allowsAll && !wanted.allowsAll)
    found.push(
      network(
        "default action",
        "lets every network in, which nobody declared",
        shell`az keyvault update --name ${name} --default-action Deny`,
      ),
    );
  for (const address of there.addresses.filter((each) => !wanted.addresses.includes(each)))
    found.push(
      network(
        address,
        `is a network that nobody declared: requests from ${address} reach the vault`,
        shell`az keyvault network-rule remove --name ${name} --${address.startsWith("/subscriptions/") ? "subnet" : "ip-address"} ${address}`,
      ),
    );
  if (there.bypass && !wanted.bypass && !wanted.allowsAll)
    found.push(
      network(
        "bypass",
        "lets trusted Azure services past its firewall, which nobody declared",
        shell`az keyvault update --name ${name} --bypass None`,
      ),
    );
  if ((actual.enableRbacAuthorization === true) !== (properties.enableRbacAuthorization === true))
    found.push(
      extra("undeclared-reader", {
        about: [name, "authorization"],
        message: `is controlled by ${actual.enableRbacAuthorization === true ? "Azure roles" : "access policies"}, which nobody declared: principals that nobody declared may have access`,
        away: [refresh],
      }),
    );
  for (const [flag, who] of serviceFlags)
    if (actual[flag] === true && properties[flag] !== true)
      found.push(
        extra("undeclared-reader", {
          about: [name, flag],
          message: `is on, which nobody declared: ${who}`,
          away: [refresh],
        }),
      );
  return found;
}

const serviceFlags = [
  [
    "enabledForTemplateDeployment",
    "anyone who deploys templates and has a right on the vault can read its secrets through a template",
  ],
  ["enabledForDeployment", "virtual machines can read certificates from the vault"],
  ["enabledForDiskEncryption", "disk encryption can read secrets from the vault"],
] as const;

function firewallOf({ publicNetworkAccess, networkAcls }: Json) {
  const { defaultAction, bypass, ipRules, virtualNetworkRules } = (networkAcls ?? {}) as Json;
  const isPublic = !/^disabled$/i.test(`${publicNetworkAccess ?? "Enabled"}`);
  return {
    isPublic,
    allowsAll: isPublic && !/^deny$/i.test(`${defaultAction ?? "Allow"}`),
    // Without rules the vault is open anyway.
    bypass: networkAcls ? /azureservices/i.test(`${bypass ?? "AzureServices"}`) : false,
    addresses: [
      ...listOf(ipRules).map((rule) => networkIn((rule as Json).value)),
      ...listOf(virtualNetworkRules).map((rule) => normalizedId((rule as Json).id)),
    ],
  };
}

/** Azure shows a single address with or without the length of its prefix. */
const networkIn = (value: unknown): string => normalizedId(value).replace(/\/32$/, "");

/** The federated credentials of the identities: at most a list for each. */
async function identityTrusts(declared: Declared, reading: Reading): Promise<Extra[]> {
  const found = await inParallel(declared.identities, async ({ name, id }) => {
    const rows = await reading.tried(
      "the federated credentials of the identities",
      "Reader of the identities in Azure",
      () => reading.tenant.resources(`${id}/federatedIdentityCredentials`, armVersions.identity),
    );
    return (rows ?? []).flatMap((row) => {
      const { issuer, subject } = (row.properties ?? {}) as Json;
      if (declared.has("trust", id, `${issuer}`, `${subject}`)) return [];
      const [, , , , group] = id.split("/");
      return [
        extra("undeclared-trust", {
          about: [name, `${row.name}`],
          message: `is a federated credential that nobody declared: anyone who gets a token of ${issuer} for ${subject} can sign in as the identity ${name}, and read its vault`,
          access: {
            rights: [{ kind: "sign-in", holder: `${subject}`, what: signsInFrom(`${issuer}`), at: name }],
          },
          takeOver: [
            shell`pulumi import azure-native:managedidentity:FederatedIdentityCredential ${row.name} ${row.id}`,
          ],
          away: [
            shell`az identity federated-credential delete --yes --resource-group ${group} --identity-name ${name} --name ${row.name}`,
          ],
        }),
      ];
    });
  });
  return found.flat();
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
