import { inParallel } from "@microservice-identities/proof/inParallel";
import { normalizedId } from "@microservice-identities/well-known/ids";
import { TenantError, type TenantReader } from "../adoption/tenant";
import type { Declared, DeclaredAccess } from "./declared";
import type { Extra, Unseen } from "./extra";

type Json = Record<string, unknown>;

interface Found {
  readonly extras: Extra[];
  readonly unseen: Unseen[];
}

/** How many objects are asked for at the same time: Graph throttles an application at some 150 requests in a second. */
const parallel = 16;

/**
 * Everything in the directory that gives access to the audited services or that they have, and that is not declared.
 *
 * @param graph the address of Graph, for the commands
 */
export async function auditDirectory(declared: DeclaredAccess, tenant: TenantReader, graph: string): Promise<Found> {
  const found: Found = { extras: [], unseen: [] };
  const names = new Map<string, Promise<string>>();
  const refused = new Set<string>();
  /** A list of Graph; what is refused is said once for all objects. */
  const list = async (what: string, needs: string, path: string): Promise<Json[]> => {
    try {
      return await tenant.list(path);
    } catch (error) {
      if (!(error instanceof TenantError)) throw error;
      if (!refused.has(what)) found.unseen.push({ what, why: `${needs} in Microsoft Graph; ${error.message}` });
      refused.add(what);
      return [];
    }
  };
  const isDeclared = (...ids: unknown[]) => ids.some((id) => declared.ids.has(`${id}`.toLowerCase()));
  /** The name of a principal, which is asked for once. */
  const nameOf = (id: string): Promise<string> => {
    const known =
      names.get(id) ??
      tenant.object(`directoryObjects/${id}`).then(
        (object) => (object?.displayName ? `${object.displayName} (${id})` : id),
        () => id,
      );
    names.set(id, known);
    return known;
  };
  const remove = (path: string) => `az rest --method delete --url ${graph}/v1.0/${path}`;

  const owners = async (collection: "applications" | "servicePrincipals", { id, name, owners: own }: Declared) => {
    for (const owner of await list("owners", "Application.Read.All", `${collection}/${id}/owners`))
      if (!own.has(normalizedId(owner.id)))
        found.extras.push({
          kind: "owner",
          of: name,
          allows: `${owner.displayName ?? owner.id} (${owner.id}) can add a secret, and then sign in as it`,
          remove: remove(`${collection}/${id}/owners/${owner.id}/$ref`),
        });
  };

  const credentials = (of: string, holder: Json, removal: (keyId: unknown, isSecret: boolean) => string) => {
    for (const property of ["passwordCredentials", "keyCredentials"] as const)
      for (const { keyId, displayName, startDateTime, endDateTime } of (holder[property] ?? []) as Json[]) {
        const isSecret = property === "passwordCredentials";
        if (declared.ids.has(normalizedId(keyId))) continue;
        found.extras.push({
          kind: isSecret ? "secret" : "certificate",
          of,
          allows: `whoever has ${displayName ? `"${displayName}"` : "it"} (${keyId}) signs in as it until ${dayOf(endDateTime)}`,
          since: dayOf(startDateTime),
          remove: removal(keyId, isSecret),
        });
      }
  };

  await inParallel(
    declared.applications,
    async (application) => {
      const { id, name } = application;
      await owners("applications", application);
      const [shown] = await list(
        "secrets and certificates",
        "Application.Read.All",
        `applications?$filter=id eq '${id}'`,
      );
      credentials(
        name,
        shown ?? {},
        (keyId, isSecret) =>
          `az ad app credential delete --id ${application.clientId} --key-id ${keyId}${isSecret ? "" : " --cert"}`,
      );
      const path = `applications/${id}/federatedIdentityCredentials`;
      for (const trust of await list("federated credentials", "Application.Read.All", path))
        if (!isDeclared(trust.id, `${id}/federatedIdentityCredential/${trust.id}`))
          found.extras.push({
            kind: "federated credential",
            of: name,
            allows: `${trust.subject ?? (trust.claimsMatchingExpression as Json | null)?.value} of ${trust.issuer} signs in as it`,
            takeOver: `pulumi import azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential ${trust.name} /applications/${id}/federatedIdentityCredentials/${trust.id}`,
            remove: `az ad app federated-credential delete --id ${application.clientId} --federated-credential-id ${trust.id}`,
          });
    },
    { parallel },
  );

  const grant = async (assignment: Json, of: string, allows: string) => {
    const { id, resourceId, createdDateTime } = assignment;
    if (isDeclared(id, `/servicePrincipals/${resourceId}/appRoleAssignedTo/${id}`)) return;
    const path = `servicePrincipals/${resourceId}/appRoleAssignedTo/${id}`;
    found.extras.push({
      kind: "grant",
      of,
      allows,
      since: dayOf(createdDateTime),
      takeOver: `pulumi import azuread:index/appRoleAssignment:AppRoleAssignment <name> /${path}`,
      remove: remove(path),
    });
  };
  const ours = new Set(declared.principals.map(({ id }) => normalizedId(id)));
  const holders = [
    ...declared.principals,
    ...declared.identities.map(({ principalId, name }) => ({ id: principalId, name, owners: new Set<string>() })),
  ];
  await inParallel(
    holders,
    async (principal) => {
      const { id, name } = principal;
      const [shown] = await list(
        "service principals",
        "Application.Read.All",
        `servicePrincipals?$filter=id eq '${id}'`,
      );
      const isApi = ours.has(normalizedId(id));
      // A managed identity has no owner and no secret that anybody could add.
      if (isApi) {
        await owners("servicePrincipals", principal);
        credentials(
          name,
          shown ?? {},
          (keyId, isSecret) => `az ad sp credential delete --id ${id} --key-id ${keyId}${isSecret ? "" : " --cert"}`,
        );
        if (shown?.appRoleAssignmentRequired === false)
          found.extras.push({
            kind: "open API",
            of: name,
            allows: "every application of the tenant gets a token for it, without a role",
            remove: `az ad sp update --id ${id} --set appRoleAssignmentRequired=true`,
          });
        for (const assignment of await list(
          "grants",
          "Application.Read.All",
          `servicePrincipals/${id}/appRoleAssignedTo`,
        ))
          await grant(
            assignment,
            name,
            `${assignment.principalDisplayName} (${assignment.principalId}) calls it with ${roleName(shown, assignment.appRoleId)}`,
          );
      }
      // What it holds of the audited APIs is listed there.
      for (const assignment of await list(
        "grants",
        "Application.Read.All",
        `servicePrincipals/${id}/appRoleAssignments`,
      ))
        if (!ours.has(normalizedId(assignment.resourceId)))
          await grant(
            assignment,
            name,
            `it calls ${assignment.resourceDisplayName} with the role ${assignment.appRoleId}`,
          );
      for (const role of await list(
        "directory roles",
        "RoleManagement.Read.Directory",
        `roleManagement/directory/roleAssignments?$filter=principalId eq '${id}'`,
      ))
        found.extras.push({
          kind: "directory role",
          of: name,
          allows: `it holds the directory role ${role.roleDefinitionId} for ${role.directoryScopeId}`,
          takeOver: `pulumi import azuread:index/directoryRoleAssignment:DirectoryRoleAssignment <name> /roleManagement/directory/roleAssignments/${role.id}`,
          remove: remove(`roleManagement/directory/roleAssignments/${role.id}`),
        });
    },
    { parallel },
  );

  const everybody = new Map(holders.map(({ id, name }) => [normalizedId(id), name]));
  for (const consent of await list("delegated grants", "Directory.Read.All", "oauth2PermissionGrants")) {
    const [client, api] = [consent.clientId, consent.resourceId].map((id) => everybody.get(normalizedId(id)));
    if (client === undefined && api === undefined) continue;
    const whom = consent.consentType === "AllPrincipals" ? "every user" : await nameOf(`${consent.principalId}`);
    found.extras.push({
      kind: "delegated grant",
      of: client ?? `${api}`,
      allows: `${client ?? (await nameOf(`${consent.clientId}`))} calls ${api ?? (await nameOf(`${consent.resourceId}`))} with ${`${consent.scope}`.trim()} as ${whom}`,
      remove: remove(`oauth2PermissionGrants/${consent.id}`),
    });
  }
  return found;
}

const dayOf = (time: unknown): string => `${time ?? "an unknown day"}`.slice(0, 10);

const roleName = (api: Json | undefined, id: unknown): string =>
  `${((api?.appRoles ?? []) as Json[]).find((role) => role.id === id)?.value ?? `the role ${id}`}`;
