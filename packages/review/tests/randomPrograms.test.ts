import { isDeepStrictEqual } from "node:util";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { settingsResource } from "@microservice-identities/engine/evaluation/stackSettings";
import fc from "fast-check";
import { changeLines, nothingChanges } from "../report/changeLines";
import { type Review, review } from "../review";
import { reviewJson, savedReview } from "../savedReview";
import { policyOf, resource, vault } from "./support/landscape";

jest.setTimeout(600_000);

/** `RANDOM_PROGRAMS=10000 npx jest randomPrograms` tries more of them. */
const numRuns = Number(process.env.RANDOM_PROGRAMS ?? 300);

const today = "2026-11-25";

interface Program {
  readonly services: number;
  /** Each call is a caller, an API and a role, as numbers. Calls may be duplicates. */
  readonly calls: readonly (readonly [number, number, number])[];
  readonly vaults: readonly boolean[];
  readonly protect: boolean;
}

const programs: fc.Arbitrary<Program> = fc.record({
  services: fc.integer({ min: 1, max: 6 }),
  calls: fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.nat(1)), { maxLength: 8 }),
  vaults: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  protect: fc.boolean(),
});

const roles = ["Read", "Write"];

function resourcesOf({ services, calls, vaults, protect }: Program): EvaluatedResource[] {
  const at = (index: number) => index % services;
  const one = (index: number): EvaluatedResource[] => [
    resource("ApplicationRegistration", `s${index}-application`, {
      displayName: `service ${index}`,
      clientId: `c-${index}`,
      signInAudience: "AzureADMyOrg",
      requestedAccessTokenVersion: 2,
    }),
    resource("ServicePrincipal", `s${index}-principal`, {
      clientId: `c-${index}`,
      objectId: `p-${index}`,
      appRoleAssignmentRequired: true,
    }),
    ...roles.map((value) =>
      resource("ApplicationAppRole", `s${index}-${value}`, {
        applicationId: `s${index}-application`,
        roleId: `r-${index}-${value}`,
        value,
      }),
    ),
    resource("ApplicationPassword", `s${index}-secret`, {
      applicationId: `s${index}-application`,
      endDate: "2027-03-01T00:00:00Z",
    }),
    resource("UserAssignedIdentity", `s${index}-identity`, { name: `id-${index}`, principalId: `i-${index}` }),
    ...(vaults[index] ? [vault(`s${index}-vault`, policyOf(`i-${index}`, "get"))] : []),
  ];
  const grants = new Map(
    calls.map(([caller, api, role]) => {
      const name = `call-${at(caller)}-${at(api)}-${roles[role]}`;
      const properties = {
        principalObjectId: `p-${at(caller)}`,
        resourceObjectId: `p-${at(api)}`,
        appRoleId: `r-${at(api)}-${roles[role]}`,
      };
      return [name, resource("AppRoleAssignment", name, properties)] as const;
    }),
  );
  return [
    ...Array.from({ length: services }, (_, index) => one(index)).flat(),
    ...grants.values(),
    settingsResource("p", "dev", { "p:protect": `${protect}` }),
  ];
}

type Widening = (resources: readonly EvaluatedResource[], at: number, name: string) => EvaluatedResource[];

const added =
  (make: (at: number, name: string) => EvaluatedResource): Widening =>
  (all, at, name) => [...all, make(at, name)];

/** Changes a property of one resource of the given kind. */
const altered =
  (kind: string, property: string, value: unknown): Widening =>
  (all, at) => {
    const candidates = all.filter(({ type }) => type.endsWith(`:${kind}`));
    const chosen = candidates[at % Math.max(1, candidates.length)];
    return all.map((each) =>
      each === chosen ? { ...each, properties: { ...each.properties, [property]: value } } : each,
    );
  };

const widenings: readonly Widening[] = [
  added((at, name) =>
    resource("AppRoleAssignment", name, {
      principalObjectId: `p-${at}`,
      resourceObjectId: "p-0",
      appRoleId: "r-0-Write",
    }),
  ),
  added((at, name) =>
    resource("AppRoleAssignment", name, {
      principalObjectId: `i-${at}`,
      resourceObjectId: "g",
      appRoleId: "06b708a9-e830-4db3-a914-8e69da51d44f",
    }),
  ),
  added((at, name) =>
    resource("RoleAssignment", name, {
      principalId: `i-${at}`,
      roleDefinitionId: "/x/acdd72a7-3385-48ef-bd42-f606fba81ae7",
      scope: "/subscriptions/s",
    }),
  ),
  added((at, name) =>
    resource("DirectoryRoleAssignment", name, {
      principalObjectId: `p-${at}`,
      roleId: "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    }),
  ),
  added((at, name) =>
    resource("AccessPolicy", name, {
      vaultName: "s0-vault",
      policy: { objectId: `i-${at}`, permissions: { secrets: ["get"] } },
    }),
  ),
  added((at, name) =>
    resource("ApplicationOwner", name, { applicationId: "s0-application", ownerObjectId: `p-${at}` }),
  ),
  added((at, name) =>
    resource("FederatedIdentityCredential", name, { resourceName: `id-${at}`, issuer: "https://a", subject: "b" }),
  ),
  added((at, name) =>
    resource("ApplicationPassword", name, { applicationId: `s${at}-application`, endDate: "2027-03-01T00:00:00Z" }),
  ),
  added((at, name) => resource("UserAssignedIdentity", name, { name: `id-${at}`, principalId: "i-new" })),
  added((at, name) => resource(`some:package/thing${at}:Thing`, name, {})),
  added((_, name) => resource("pulumi-nodejs:dynamic:Resource", name, {})),
  added((_, name) => resource("pulumi:providers:azuread", name, { tenantId: "elsewhere" })),
  added((at, name) =>
    resource("ServicePrincipalDelegatedPermissionGrant", name, {
      servicePrincipalObjectId: `p-${at}`,
      resourceServicePrincipalObjectId: "g",
      claimValues: ["User.Read.All"],
    }),
  ),
  added((at, name) =>
    resource("ApplicationFlexibleFederatedIdentityCredential", name, {
      applicationId: `s${at}-application`,
      issuer: "https://a",
      claimsMatchingExpression: "claims['sub'] matches 'repo:*'",
    }),
  ),
  added((at, name) => resource("ServicePrincipalPassword", name, { servicePrincipalId: `p-${at}` })),
  added((at, name) => resource("ApplicationCertificate", name, { applicationId: `s${at}-application`, value: "x" })),
  added((at, name) => resource("GroupMember", name, { groupObjectId: "group", memberObjectId: `p-${at}` })),
  added((_, name) =>
    resource("RoleDefinition", name, { permissions: [{ actions: ["*"] }], assignableScopes: ["/subscriptions/s"] }),
  ),
  added((_, name) => resource("azure-native:resources:Deployment", name, { properties: { template: {} } })),
  altered("ServicePrincipal", "appRoleAssignmentRequired", false),
  altered("ApplicationRegistration", "signInAudience", "AzureADMultipleOrgs"),
  altered("ApplicationPassword", "endDate", "2299-01-01T00:00:00Z"),
  altered("ServicePrincipal", "owners", ["somebody"]),
  altered("ApplicationAppRole", "allowedMemberTypes", ["Application", "User"]),
  altered("ApplicationAppRole", "value", "Everything"),
  altered("Settings", "p:owner", "somebody"),
  altered("Vault", "properties", { enableRbacAuthorization: true }),
  altered("AppRoleAssignment", "principalObjectId", "somebody"),
  altered("UserAssignedIdentity", "principalId", "somebody"),
  ...[
    { ignoreChanges: ["properties"] },
    { retainOnDelete: true },
    { hideDiffs: ["properties"] },
    { provider: "other" },
    { aliases: ["other"] },
    { envVarMappings: { OTHER: "ARM_TENANT_ID" } },
  ].map(
    (options): Widening =>
      (all, at) => {
        const candidates = all.filter(({ type, component }) => !component && !type.endsWith(":Settings"));
        const chosen = candidates[at % candidates.length];
        return all.map((each) => (each === chosen ? { ...each, options } : each));
      },
  ),
];

const saved = (earlier: Review) => ({ review: savedReview.parse(JSON.parse(reviewJson(earlier))) });

describe("a comparison of random programs", () => {
  it(`shows no change for another order, and always a change for widened access, against a program and a saved review (${numRuns} programs)`, () => {
    fc.assert(
      fc.property(
        programs,
        fc.nat(widenings.length - 1),
        fc.nat(5),
        fc.stringMatching(/^[a-z][a-z →@|`<]{0,12}$/),
        fc.boolean(),
        (program, which, at, name, isSaved) => {
          const before = resourcesOf(program);
          const after = (widenings[which] as Widening)(before, at, `new-${name}`);
          // A program without vaults, for example, cannot be widened at a vault.
          fc.pre(!isDeepStrictEqual(before, after));
          const earlier = isSaved ? saved(review(before, { today })) : { resources: before };
          const same = review(before.toReversed(), { today, before: earlier });
          const wider = review(after, { today, before: earlier });
          expect([same.change && changeLines(same.change), same.newFindings]).toEqual([[nothingChanges], []]);
          expect(wider.change && changeLines(wider.change)).not.toContain(nothingChanges);
        },
      ),
      { numRuns },
    );
  });
});
