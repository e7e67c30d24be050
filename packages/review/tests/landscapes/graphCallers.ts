import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import * as azuread from "@pulumi/azuread";

// Workloads that call Microsoft's APIs with their managed identities.
const graph = new azuread.ServicePrincipal("graph", {
  clientId: "00000003-0000-0000-c000-000000000000",
  useExisting: true,
});
const exchange = azuread.getServicePrincipalOutput({ clientId: "00000002-0000-0ff1-ce00-000000000000" });

const identity = (name: string) =>
  new UserAssignedIdentity(name, { resourceGroupName: "rg-callers-prod", resourceName: `id-${name}-prod` });
const grant = (name: string, caller: UserAssignedIdentity, role: string) =>
  new azuread.AppRoleAssignment(name, {
    appRoleId: graph.appRoleIds.apply((ids) => ids[role] ?? ""),
    principalObjectId: caller.principalId,
    resourceObjectId: graph.objectId,
  });

const directory = identity("directory-sync");
grant("directory-sync-reads-users", directory, "User.ReadBasic.All");
grant("directory-sync-reads-members", directory, "GroupMember.Read.All");

const mailer = identity("mailer");
grant("mailer-sends", mailer, "Mail.Send");
grant("mailer-reads-calendars", mailer, "Calendars.Read");

const provisioning = identity("provisioning");
grant("provisioning-writes-applications", provisioning, "Application.ReadWrite.All");

const archive = identity("archive");
new azuread.AppRoleAssignment("archive-reads-mailboxes", {
  appRoleId: exchange.appRoleIds.apply((ids) => ids.full_access_as_app ?? ""),
  principalObjectId: archive.principalId,
  resourceObjectId: exchange.objectId,
});
