import { accessModelOf } from "../../policy/accessModel";
import type { ReviewedResource } from "../../policy/resources";
import { findingsOf } from "../../policy/rule";
import { rules } from "../../policy/rules";

const types: Record<string, string> = {
  ApplicationRegistration: "azuread:index/applicationRegistration:ApplicationRegistration",
  ServicePrincipal: "azuread:index/servicePrincipal:ServicePrincipal",
  ApplicationAppRole: "azuread:index/applicationAppRole:ApplicationAppRole",
  AppRoleAssignment: "azuread:index/appRoleAssignment:AppRoleAssignment",
  ApplicationPassword: "azuread:index/applicationPassword:ApplicationPassword",
  UserAssignedIdentity: "azure-native:managedidentity:UserAssignedIdentity",
  Vault: "azure-native:keyvault:Vault",
  RoleAssignment: "azure-native:authorization:RoleAssignment",
  Grant: "microservice-identities:index:ApplicationPermissionGrant",
};
const resource = (
  kind: string,
  name: string,
  properties: Record<string, unknown>,
  more: Partial<ReviewedResource> = {},
): ReviewedResource => ({
  urn: `urn:pulumi:dev::p::${types[kind]}::${name}`,
  type: types[kind] as string,
  id: name,
  parent: "",
  properties,
  ...more,
});
const policyOf = (objectId: string, ...secrets: string[]) => ({ objectId, permissions: { secrets } });
const vault = (name: string, ...accessPolicies: object[]) =>
  resource("Vault", name, { properties: { accessPolicies } });

/** Two services, one call, one vault: nothing to find. Each part can be changed. */
const landscape = (change: Record<string, Record<string, unknown>> = {}, more: ReviewedResource[] = []) => [
  resource("ApplicationRegistration", "api-application", {
    displayName: "api",
    clientId: "api",
    signInAudience: "AzureADMyOrg",
    requestedAccessTokenVersion: 2,
    ...change.application,
  }),
  resource("ApplicationRegistration", "caller-application", {
    displayName: "caller",
    clientId: "caller",
    requestedAccessTokenVersion: 2,
  }),
  resource("ServicePrincipal", "api-principal", {
    clientId: "api",
    objectId: "p-api",
    appRoleAssignmentRequired: true,
    ...change.principal,
  }),
  resource("ServicePrincipal", "caller-principal", {
    clientId: "caller",
    objectId: "p-caller",
    appRoleAssignmentRequired: true,
  }),
  resource("ApplicationAppRole", "api-Read", { applicationId: "api-application", roleId: "r", value: "Read" }),
  resource("Grant", "call", { because: "It needs to.", ...change.grant }),
  resource(
    "AppRoleAssignment",
    "call-Read",
    { principalObjectId: "p-caller", resourceObjectId: "p-api", appRoleId: "r" },
    { parent: `urn:pulumi:dev::p::${types.Grant}::call` },
  ),
  resource("ApplicationPassword", "caller-secret", {
    applicationId: "caller-application",
    endDate: "2027-05-01T00:00:00Z",
    ...change.password,
  }),
  resource("UserAssignedIdentity", "caller-identity", { name: "id-caller", principalId: "i-caller" }),
  ...more,
];
const own = vault("caller-vault", policyOf("i-caller", "get"));

const findings = (resources: ReviewedResource[]) =>
  findingsOf(rules, { resources, model: accessModelOf(resources), today: "2026-11-25" }).map(
    ({ severity, rule, subject, message }) => [severity, rule, subject, message],
  );

describe("the rules of the review", () => {
  it("find nothing in a landscape that keeps to them", () => {
    expect(findings(landscape({}, [own]))).toEqual([]);
  });

  it.each<[string, ReviewedResource[], string[]]>([
    [
      "an API that is open to the tenant",
      landscape({ principal: { appRoleAssignmentRequired: false } }, [own]),
      ["high", "open-api", "api-principal", "gives any application of the tenant a token"],
    ],
    [
      "an audience of other tenants",
      landscape({ application: { signInAudience: "AzureADMultipleOrgs" } }, [own]),
      ["high", "foreign-tenants", "api-application", "is open to AzureADMultipleOrgs"],
    ],
    [
      "tokens of version 1",
      landscape({ application: { requestedAccessTokenVersion: undefined } }, [own]),
      ["medium", "old-tokens", "api-application", "is given tokens of version 1"],
    ],
    [
      "a grant without a reason",
      landscape({ grant: { because: undefined } }, [own]),
      ["medium", "unexplained-grant", "caller → api Read", "is granted without a reason"],
    ],
    [
      "a grant past its end",
      landscape({ grant: { until: "2026-11-24" } }, [own]),
      ["high", "ended-grant", "caller → api Read", "was needed until 2026-11-24"],
    ],
    [
      "a role that nobody holds",
      landscape({}, [
        own,
        resource("ApplicationAppRole", "api-Write", { applicationId: "api-application", roleId: "w", value: "Write" }),
      ]),
      ["low", "unused-role", "api Write", "is granted to nobody"],
    ],
    [
      "a secret that lives too long",
      landscape({ password: { endDate: "2027-06-01T00:00:00Z" } }, [own]),
      ["high", "long-secret", "caller-secret", "is valid for 188 days more, at most 180 are allowed"],
    ],
    [
      "a secret without an end",
      landscape({ password: { endDate: undefined, endDateRelative: "24h" } }, [own]),
      ["high", "long-secret", "caller-secret", "is valid for 730 days more, at most 180 are allowed"],
    ],
    [
      "a reader that may do more than get",
      landscape({}, [vault("caller-vault", policyOf("i-caller", "get", "list"))]),
      ["high", "vault-rights", "id-caller at caller-vault", "may also list"],
    ],
    [
      "a reader by role that may do more than read",
      landscape({}, [
        vault("caller-vault"),
        resource("RoleAssignment", "officer", {
          scope: "caller-vault",
          principalId: "i-caller",
          roleDefinitionId: "/providers/x/b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        }),
      ]),
      ["high", "vault-rights", "id-caller at caller-vault", "may also Key Vault Secrets Officer"],
    ],
    [
      "an identity that reads two vaults",
      landscape({}, [own, vault("api-vault", policyOf("i-caller", "get"))]),
      ["high", "shared-vault", "id-caller", "reads api-vault and caller-vault"],
    ],
    [
      "a reader from elsewhere",
      landscape({}, [vault("caller-vault", policyOf("somebody", "get"))]),
      ["high", "unknown-reader", "somebody at caller-vault", "is no managed identity of this stack"],
    ],
  ])("find %s, and nothing else", (_what, resources, finding) => {
    expect(findings(resources)).toEqual([finding]);
  });

  it("let a grant be until its last day, and a secret live for 180 days", () => {
    const resources = landscape({ grant: { until: "2026-11-25" }, password: { endDate: "2027-05-24T00:00:00Z" } }, [
      own,
    ]);
    expect(findings(resources)).toEqual([]);
  });
});
