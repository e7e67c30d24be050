import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { graphPermissionNamed } from "@microservice-identities/well-known/microsoftGraph";
import fc from "fast-check";
import { accessModelOf } from "../accessModel";
import { openedPaths } from "../paths/openedPaths";
import { changeLines } from "../report/changeLines";
import { review } from "../review";
import { reviewJson, savedReview } from "../savedReview";
import { evaluatedShop } from "./support/evaluatedShop";
import { assignment, graph, landscape, policyOf, resource } from "./support/landscape";

// What these tests cannot prove: that the steps themselves are right. attackSteps.test.ts proves that.

const today = "2026-11-25";
const contributor = "/x/b24988ac-6180-42a0-ab88-20f7382dd24c";
const secretsUser = "/x/4633458b-17de-408a-b874-0445c86b69e6";
const cluster = "https://westeurope.oic.prod-aks.azure.com/00000000-0000-0000-0000-000000000000/1/";
const github = "https://token.actions.githubusercontent.com";

type Resources = readonly EvaluatedResource[];

const people = resource("Group", "people", { displayName: "people", objectId: "g-people" });
const named = { identity: { name: "id-caller", principalId: "i-caller", resourceGroupName: "rg-shop" } };
const vaultWith = (name: string, ...accessPolicies: object[]) =>
  resource("Vault", name, {
    resourceGroupName: "rg-shop",
    vaultName: name,
    properties: { accessPolicies, enableRbacAuthorization: false },
  });
const secretIn = (vaultName: string) =>
  resource(
    "azure-native:keyvault:Secret",
    "secret",
    { vaultName, secretName: "client-secret" },
    {
      dependencies: {
        properties: ["urn:pulumi:dev::p::azuread:index/applicationPassword:ApplicationPassword::caller-secret"],
      },
    },
  );
const ownVault = vaultWith("caller-vault", policyOf("i-caller", "get"));
const readVault = vaultWith("caller-vault", policyOf("i-caller", "get"), policyOf("g-people", "get"));
/** The two services, the vault of one of them with its secret, and a group of people without rights. */
const withVault = (vault: EvaluatedResource, ...more: Resources) =>
  landscape(named, [vault, secretIn("caller-vault"), people, ...more]);
const base = withVault(ownVault);
const baseWith = (...more: Resources) => [...base, ...more];

const owner = (service: string, ownerObjectId: string, name = `${service}-owner`) =>
  resource("ApplicationOwner", name, { applicationId: `${service}-application`, ownerObjectId });
const owned = (...more: Resources) => baseWith(owner("api", "team"), owner("caller", "team"), ...more);
const trust = (issuer: string, subject: string) =>
  resource("FederatedIdentityCredential", "trust", { resourceName: "id-caller", issuer, subject });
const assigned = (roleDefinitionId: string, scope: string) =>
  resource("RoleAssignment", "assigned", { principalId: "g-people", roleDefinitionId, scope });
const graphGrant = (role: string, holder = "p-caller"): Resources => [
  graph,
  assignment(holder, "p-graph", graphPermissionNamed(role)?.id ?? ""),
];
const write = resource("ApplicationAppRole", "api-Write", {
  applicationId: "api-application",
  roleId: "w",
  value: "Write",
});
const writes = [write, assignment("p-caller", "p-api", "w")];
/** A third service with its own identity, vault and secret. */
const service = (...owners: readonly string[]): Resources => [
  resource("Application", "new-application", {
    displayName: "new",
    clientId: "new",
    owners,
    api: { requestedAccessTokenVersion: 2 },
  }),
  resource("ServicePrincipal", "new-principal", {
    clientId: "new",
    objectId: "p-new",
    appRoleAssignmentRequired: true,
  }),
  resource("ApplicationPassword", "new-secret", { applicationId: "new-application", endDate: "2027-05-01T00:00:00Z" }),
  resource("UserAssignedIdentity", "new-identity", {
    name: "id-new",
    principalId: "i-new",
    resourceGroupName: "rg-shop",
  }),
  resource("FederatedIdentityCredential", "new-trust", {
    resourceName: "id-new",
    issuer: cluster,
    subject: "system:serviceaccount:shop:new",
  }),
  vaultWith("new-vault", policyOf("i-new", "get")),
  assignment("p-new", "p-api", "r"),
];

const openedIn = (after: Resources, before: Resources = base) => {
  const { newFindings, change } = review(after, { today, before: { resources: before } });
  return {
    findings: newFindings
      .filter(({ rule }) => rule === "opened-path")
      .map(({ severity, subject, message }) => `${severity}: ${subject} ${message}`),
    lines: change ? changeLines(change).filter((line) => line.includes("this change")) : [],
  };
};

type Hit = readonly [what: string, finding: string, line: string, after: Resources, before?: Resources];

const hits: readonly Hit[] = [
  [
    "somebody reads the vault of a service",
    "medium: people → caller-vault opens a path to an API role: people → caller-vault → caller → api Read. people reads the secrets of caller-vault by an access policy (get).",
    "+ this change opens a path to an API role: people → caller-vault → caller → api Read",
    withVault(readVault),
  ],
  [
    "a secret is put into a vault that others read",
    "medium: other-vault → caller opens a path to an API role: people → other-vault → caller → api Read. The vault other-vault contains a secret of caller, and anyone who reads it can sign in as caller.",
    "+ this change opens a path to an API role: people → other-vault → caller → api Read",
    baseWith(vaultWith("other-vault", policyOf("g-people", "get")), {
      ...secretIn("other-vault"),
      urn: `${secretIn("").urn}-2`,
    }),
    baseWith(vaultWith("other-vault", policyOf("g-people", "get"))),
  ],
  [
    "a pipeline signs in as the identity of a service",
    "medium: repo:acme/x:environment:prod → id-caller opens a path to an API role: repo:acme/x:environment:prod → id-caller → caller-vault → caller → api Read. A token of https://token.actions.githubusercontent.com for repo:acme/x:environment:prod signs in as id-caller.",
    "+ this change opens a path to an API role: repo:acme/x:environment:prod → id-caller → caller-vault → caller → api Read",
    baseWith(trust(github, "repo:acme/x:environment:prod")),
  ],
  [
    "an existing service gets a workload that could not sign in as it before",
    "low: system:serviceaccount:shop:caller → id-caller opens a path to an API role: system:serviceaccount:shop:caller → id-caller → caller-vault → caller → api Read. A token of https://westeurope.oic.prod-aks.azure.com/00000000-0000-0000-0000-000000000000/1/ for system:serviceaccount:shop:caller signs in as id-caller.",
    "+ this change opens a path to an API role: system:serviceaccount:shop:caller → id-caller → caller-vault → caller → api Read",
    baseWith(trust(cluster, "system:serviceaccount:shop:caller")),
  ],
  [
    "people get an Azure role at the resource group of a service",
    "medium: people → caller-vault opens a path to an API role: people → caller-vault → caller → api Read. people writes an access policy for itself at caller-vault by the Azure role Contributor on /subscriptions/s/resourceGroups/rg-shop.",
    "+ this change opens a path to an API role: people → caller-vault → caller → api Read",
    baseWith(assigned(contributor, "/subscriptions/s/resourceGroups/rg-shop")),
  ],
  [
    "a service with two roles gets another owner: the first path stands for both",
    "medium: people → caller opens a path to 2 API roles: people → caller → api Read (and 1 more role). people owns caller: it adds a secret to the registration, and signs in as caller with it.",
    "+ this change opens a path to 2 API roles: people → caller → api Read (and 1 more role)",
    owned(...writes, owner("caller", "g-people", "more")),
    owned(...writes),
  ],
  [
    "somebody becomes a member of a group that reads a vault",
    "medium: ann → people opens a path to an API role: ann → people → caller-vault → caller → api Read. ann is a member of the group people, and has its rights.",
    "+ this change opens a path to an API role: ann → people → caller-vault → caller → api Read",
    withVault(readVault, resource("GroupMember", "member", { groupObjectId: "g-people", memberObjectId: "ann" })),
    withVault(readVault),
  ],
  [
    "a service with a reader of its vault is granted one more role",
    "low: caller → api Write opens a path to an API role: people → caller-vault → caller → api Write. caller is granted the role Write of api.",
    "+ this change opens a path to an API role: people → caller-vault → caller → api Write",
    withVault(readVault, ...writes),
    withVault(readVault, write),
  ],
  [
    "a service with a reader of its vault is granted a role of tier 0",
    "high: caller → Microsoft Graph RoleManagement.ReadWrite.Directory opens a path to tier 0: people → caller-vault → caller → Microsoft Graph RoleManagement.ReadWrite.Directory (and 1 more role of tier 0). caller is granted the role RoleManagement.ReadWrite.Directory of Microsoft Graph.",
    "+ this change opens a path to tier 0: people → caller-vault → caller → Microsoft Graph RoleManagement.ReadWrite.Directory (and 1 more role of tier 0)",
    withVault(readVault, ...graphGrant("RoleManagement.ReadWrite.Directory")),
    withVault(readVault),
  ],
  [
    "the deployer reaches tier 0, although it controls every service anyway",
    "high: caller → Microsoft Graph Application.ReadWrite.OwnedBy opens a path to tier 0: team → caller → Microsoft Graph Application.ReadWrite.OwnedBy. caller is granted the role Application.ReadWrite.OwnedBy of Microsoft Graph.",
    "+ this change opens a path to tier 0: team → caller → Microsoft Graph Application.ReadWrite.OwnedBy",
    owned(...graphGrant("Application.ReadWrite.OwnedBy")),
    owned(),
  ],
  [
    "a workload can become every service with its own permission",
    "medium: id-new → Microsoft Graph Application.ReadWrite.All opens a path to an API role: id-new → Microsoft Graph Application.ReadWrite.All → caller → api Write (1 other can take it too). id-new is granted the role Application.ReadWrite.All of Microsoft Graph.",
    "+ this change opens a path to an API role: id-new → Microsoft Graph Application.ReadWrite.All → caller → api Write (1 other can take it too)",
    baseWith(...writes, ...service(), ...graphGrant("Application.ReadWrite.All", "i-new")),
    baseWith(...writes, ...service()),
  ],
  [
    "a path gets shorter",
    "low: people → caller shortens a path to an API role: people → caller → api Read. people owns caller: it adds a secret to the registration, and signs in as caller with it.",
    "+ this change shortens a path to an API role: people → caller → api Read",
    withVault(readVault, owner("caller", "g-people")),
    withVault(readVault),
  ],
];

const misses: readonly (readonly [what: string, after: Resources, before?: Resources])[] = [
  ["a caller is granted a role", baseWith(...writes), baseWith(write)],
  [
    "a caller is granted a role of tier 0, which has its own finding",
    baseWith(...graphGrant("RoleManagement.ReadWrite.Directory")),
  ],
  ["a service is added, with its identity, its vault and its workload", baseWith(...service())],
  ["the owner of every service also owns a new service", owned(...service("team")), owned()],
  ["the whole stack is new, with one owner", owned(...service("team")), []],
  [
    "a service with a workload is granted a role",
    baseWith(trust(cluster, "system:serviceaccount:shop:caller"), ...writes),
    baseWith(trust(cluster, "system:serviceaccount:shop:caller"), write),
  ],
  [
    "a new service is in the scope of an existing Azure role",
    baseWith(assigned(contributor, "/subscriptions/s"), ...service()),
    baseWith(assigned(contributor, "/subscriptions/s")),
  ],
  [
    "a new vault is in the scope of an existing role that reads secrets",
    baseWith(assigned(secretsUser, "/subscriptions/s"), ...service()),
    baseWith(assigned(secretsUser, "/subscriptions/s")),
  ],
  [
    "an API has another role that the consenter can grant to itself",
    baseWith(...graphGrant("AppRoleAssignment.ReadWrite.All", "i-caller"), write),
    baseWith(...graphGrant("AppRoleAssignment.ReadWrite.All", "i-caller")),
  ],
  [
    "a service is added in a stack where a party can add credentials to every registration",
    baseWith(...graphGrant("Application.ReadWrite.All", "i-caller"), ...service()),
    baseWith(...graphGrant("Application.ReadWrite.All", "i-caller")),
  ],
  [
    "the vault of a service gets another reader of keys",
    withVault(
      vaultWith("caller-vault", policyOf("i-caller", "get"), { objectId: "g-people", permissions: { keys: ["get"] } }),
    ),
  ],
  [
    "a group that can reach no role gets a member",
    baseWith(resource("GroupMember", "member", { groupObjectId: "g-people", memberObjectId: "ann" })),
  ],
  ["a step is removed", base, withVault(readVault)],
  [
    "another resource grants the same right",
    withVault(readVault, owner("caller", "g-people", "b")),
    withVault(readVault, owner("caller", "g-people", "a")),
  ],
];

describe("a path that a change opens", () => {
  it.each(hits.map(([what, finding, line, after, before = base]) => [what, finding, line, after, before] as const))(
    "is a finding and a line: %s",
    (_what, finding, line, after, before) => {
      expect(openedIn(after, before)).toEqual({ findings: [finding], lines: [line] });
    },
  );

  it.each(misses.map(([what, after, before = base]) => [what, after, before] as const))(
    "is none if %s",
    (_what, after, before) => {
      expect(openedIn(after, before)).toEqual({ findings: [], lines: [] });
    },
  );

  it("is reported once for one Azure role over many vaults, with the number of API roles at the end", () => {
    const two = (...more: Resources) => baseWith(...writes, ...service(), newSecret, ...more);
    const newSecret = resource(
      "azure-native:keyvault:Secret",
      "new-vault-secret",
      { vaultName: "new-vault", secretName: "client-secret" },
      {
        dependencies: {
          properties: ["urn:pulumi:dev::p::azuread:index/applicationPassword:ApplicationPassword::new-secret"],
        },
      },
    );
    expect(openedIn(two(assigned(contributor, "/subscriptions/s")), two())).toEqual({
      findings: [
        "medium: people → caller-vault opens a path to 2 API roles: people → caller-vault → caller → api Read (and 1 more role). people writes an access policy for itself at caller-vault by the Azure role Contributor on /subscriptions/s.",
      ],
      lines: ["+ this change opens a path to 2 API roles: people → caller-vault → caller → api Read (and 1 more role)"],
    });
  });

  it("is not reported in a comparison with a review that an earlier version saved", () => {
    const { model, ...others } = savedReview.parse(JSON.parse(reviewJson(review(base, { today }))));
    const { vaults, ...withoutVaults } = model;
    const opened = (earlier: typeof model) =>
      review(withVault(readVault), { today, before: { review: { ...others, model: earlier } } }).change?.opened?.length;
    expect([vaults?.length, opened(model), opened(withoutVaults)]).toEqual([1, 1, 0]);
  });

  it("is saved with its steps in the review", () => {
    const { change } = savedReview.parse(
      JSON.parse(reviewJson(review(withVault(readVault), { today, before: { resources: base } }))),
    );
    expect(
      change?.opened?.map(({ steps, by, targets, others }) => [
        steps.map(({ kind }) => kind),
        by.resource,
        targets,
        others,
      ]),
    ).toEqual([[["reads", "contains a secret of", "holds"], "caller-vault", 1, 0]]);
  });

  it("never results from removing rights, grants, readers or credentials", () => {
    const all = accessModelOf(
      owned(
        readVault,
        ...writes,
        ...service("team"),
        trust(github, "repo:acme/x"),
        assigned(contributor, "/subscriptions/s"),
        ...graphGrant("Application.ReadWrite.All"),
      ).filter((each) => each !== ownVault),
    );
    const part = <T>(of: readonly T[]) => fc.subarray([...of]);
    fc.assert(
      fc.property(
        part(all.rights),
        part(all.grants),
        part(all.readers),
        part(all.credentials),
        (rights, grants, readers, credentials) => {
          expect(openedPaths(all, { ...all, rights, grants, readers, credentials })).toEqual([]);
        },
      ),
    );
  });
});

describe("the tests' shop", () => {
  let shop: Resources;
  beforeAll(async () => {
    const { resources, dispose } = await evaluatedShop();
    await dispose();
    shop = resources;
  });

  it("opens no path in its first deployment, or with any of its services and calls as an addition", () => {
    const without = (part: string) => shop.filter(({ urn }) => !urn.split("::").at(-1)?.startsWith(part));
    for (const before of [[], ...["orders", "billing", "reporting-calls", "ingest"].map(without)])
      expect(openedIn(shop, before)).toEqual({ findings: [], lines: [] });
  });
});
