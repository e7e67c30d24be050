/** A resource of the program that the built-in engine and the real provider deploy. */
export interface ProgramResource {
  /** For example `azuread:index/application:Application`. */
  readonly type: string;
  readonly name: string;
  /** A value `{ of: "api", output: "clientId" }` is an output of an earlier resource. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Default: none. */
  readonly ignoreChanges?: readonly string[];
}

/** `create` creates all resources, `change` updates some and deletes others, and `destroy` deletes all of them. */
export type Step = "create" | "change" | "destroy";

const azuread = (type: string) => `azuread:index/${type}:${type[0]?.toUpperCase()}${type.slice(1)}`;
const from = (of: string, output: string) => ({ of, output });

const role = (id: string, value: string) => ({
  id,
  value,
  displayName: value,
  description: value,
  enabled: true,
  allowedMemberTypes: ["Application"],
});
const read = role("6f1c2f4e-0b68-4d0e-9a51-1d3a3c1f0001", "Things.Read");
const write = role("6f1c2f4e-0b68-4d0e-9a51-1d3a3c1f0002", "Things.Write");

/**
 * One resource of each azuread type that the components use. The engine deploys them one after the other, so that a fault
 * affects the same request in each run.
 *
 * @param deployer the object id of the deployer's service principal
 */
export function resourcesAfter(step: Step, tenantId: string, deployer: string): readonly ProgramResource[] {
  if (step === "destroy") return [];
  const isChanged = step === "change";
  const owners = [deployer];
  /** Separate resources manage these lists of an application. */
  const ignoreChanges = ["identifierUris", "requiredResourceAccesses"];
  const all: readonly ProgramResource[] = [
    {
      type: azuread("application"),
      name: "api",
      inputs: {
        displayName: "api",
        description: isChanged ? "Changed." : "First.",
        owners,
        appRoles: isChanged ? [read, write] : [read],
      },
      ignoreChanges,
    },
    {
      type: azuread("servicePrincipal"),
      name: "apiPrincipal",
      inputs: {
        clientId: from("api", "clientId"),
        owners,
        appRoleAssignmentRequired: true,
        useExisting: true,
        description: isChanged ? "Changed." : "First.",
      },
    },
    {
      type: azuread("applicationIdentifierUri"),
      name: "uri",
      inputs: { applicationId: from("api", "id"), identifierUri: `api://${tenantId}/api` },
    },
    { type: azuread("application"), name: "caller", inputs: { displayName: "caller", owners }, ignoreChanges },
    {
      type: azuread("servicePrincipal"),
      name: "callerPrincipal",
      inputs: { clientId: from("caller", "clientId"), owners },
    },
    {
      type: azuread("applicationApiAccess"),
      name: "access",
      inputs: {
        applicationId: from("caller", "id"),
        apiClientId: from("api", "clientId"),
        roleIds: isChanged ? [read.id, write.id] : [read.id],
      },
    },
    {
      type: azuread("appRoleAssignment"),
      name: "assignment",
      inputs: {
        appRoleId: read.id,
        principalObjectId: from("callerPrincipal", "objectId"),
        resourceObjectId: from("apiPrincipal", "objectId"),
      },
    },
    {
      type: azuread("applicationPassword"),
      name: "password",
      inputs: { applicationId: from("caller", "id"), displayName: "password", endDate: "2099-01-01T00:00:00Z" },
    },
    {
      type: azuread("applicationFederatedIdentityCredential"),
      name: "federated",
      inputs: {
        applicationId: from("caller", "id"),
        displayName: "federated",
        audiences: ["api://AzureADTokenExchange"],
        issuer: "https://issuer.example",
        subject: isChanged ? "changed" : "first",
      },
    },
  ];
  const removed = new Set(isChanged ? ["assignment", "password"] : []);
  return all.filter(({ name }) => !removed.has(name));
}
