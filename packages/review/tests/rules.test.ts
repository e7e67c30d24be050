import { type EvaluatedResource, stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { syntheticSecret } from "@microservice-identities/engine/evaluation/syntheticOutputs";
import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import { accessModelOf } from "../accessModel";
import { findingsOf } from "../rule";
import { rules } from "../rules";
import { environmentGap } from "../rules/environmentGap";
import { farReach } from "../rules/farReach";
import { retiredApiVersion } from "../rules/retiredApiVersion";
import { widerPermission } from "../rules/widerPermission";
import { ofGrant, ofName } from "../subject";
import {
  assignment,
  certificate,
  graph,
  landscape,
  own,
  password,
  policyOf,
  requestFor,
  resource,
  vault,
} from "./support/landscape";

const findings = (resources: EvaluatedResource[]) =>
  findingsOf(rules, { resources, model: accessModelOf(resources), today: "2026-11-25", stack: stackOf(resources) }).map(
    ({ severity, rule, subject, message }) => [severity, rule, subject, message],
  );

describe("the rules of the review", () => {
  it("do not report a secret in a vault, in the resource that generates it, and in a component as copies", () => {
    const kept = { secrets: ["value", "properties"] };
    const more = [
      resource("azure-native:keyvault:Secret", "stored", { properties: { value: syntheticSecret } }, kept),
      resource("random:index/randomPassword:RandomPassword", "made", { value: syntheticSecret }, kept),
      resource("team:index:Part", "part", { value: syntheticSecret }, { ...kept, component: true }),
    ];
    expect(findings(landscape({}, [own, ...more])).filter(([, rule]) => rule === "copied-secret")).toEqual([]);
  });

  it("have no finding in a correct landscape, even if a granted role is declared as not listed", () => {
    expect(findings(landscape({}, [own]))).toEqual([]);
    expect(findings(landscape({ access: { roleIds: [] }, grant: { listed: false } }, [own]))).toEqual([]);
  });

  it.each<[string, EvaluatedResource[], string[]]>([
    [
      "an API that is open to the tenant",
      landscape({ principal: { appRoleAssignmentRequired: false } }, [own]),
      ["high", "open-api", "api-principal", "lets any application of the tenant get a token"],
    ],
    [
      "a registration for several tenants",
      landscape({ application: { signInAudience: "AzureADMultipleOrgs" } }, [own]),
      ["high", "foreign-tenants", "api-application", "is open to AzureADMultipleOrgs"],
    ],
    [
      "tokens of version 1",
      landscape({ application: { requestedAccessTokenVersion: undefined } }, [own]),
      ["medium", "old-tokens", "api-application", "gets version 1 tokens"],
    ],
    [
      "a grant without a reason",
      landscape({ grant: { because: undefined } }, [own]),
      ["low", "unexplained-grant", "grants", "have no reason: caller → api Read"],
    ],
    [
      "a grant with a meaningless reason",
      landscape({ grant: { because: "." } }, [own]),
      ["medium", "unexplained-grant", "caller → api Read", 'is granted because "."'],
    ],
    [
      "a grant past its end",
      landscape({ grant: { until: "2026-11-24" } }, [own]),
      ["high", "ended-grant", "caller → api Read", "was needed until 2026-11-24"],
    ],
    [
      "a role that is granted to nobody",
      landscape({}, [
        own,
        resource("ApplicationAppRole", "api-Write", { applicationId: "api-application", roleId: "w", value: "Write" }),
      ]),
      ["low", "unused-role", "api Write", "is granted to nobody"],
    ],
    [
      "a secret that is valid for too long",
      landscape({ password: { endDate: "2027-06-01T00:00:00Z" } }, [own]),
      ["high", "long-secret", "caller-secret", "is valid until 2027-06-01; at most 180 days are allowed"],
    ],
    [
      "a secret without an end",
      landscape({ password: { endDate: undefined, endDateRelative: "24h" } }, [own]),
      [
        "high",
        "long-secret",
        "caller-secret",
        "has no end date, so Entra makes it valid for 730 days; at most 180 are allowed",
      ],
    ],
    ...[
      "2027-05-01T00:00:00",
      " 2027-05-01",
      "2027-02-31T00:00:00Z",
      "01.05.2027",
      "Sat, 01 May 2027 00:00:00 GMT",
      "+002027-05-01T00:00:00Z",
    ].map((endDate): [string, EvaluatedResource[], string[]] => [
      `a secret that expires on ${JSON.stringify(endDate)}, which is not RFC 3339`,
      landscape({ password: { endDate } }, [own]),
      [
        "high",
        "long-secret",
        "caller-secret",
        "has no end date, so Entra makes it valid for 730 days; at most 180 are allowed",
      ],
    ]),
    [
      "a secret whose last day in UTC is one day later",
      landscape({ password: { endDate: "2027-05-24T23:59:59-14:00" } }, [own]),
      ["high", "long-secret", "caller-secret", "is valid until 2027-05-25; at most 180 days are allowed"],
    ],
    [
      "a secret in an encrypted tag",
      landscape({}, [
        own,
        resource(
          "azure-native:storage:StorageAccount",
          "archive",
          { allowSharedKeyAccess: false, tags: { password: syntheticSecret } },
          { secrets: ["tags"] },
        ),
      ]),
      ["medium", "copied-secret", "archive", "has a copy of a secret: tags"],
    ],
    [
      "a reader with more permissions than get",
      landscape({}, [vault("caller-vault", policyOf("i-caller", "get", "list"))]),
      ["high", "vault-rights", "caller-workload at caller-vault", "also has list"],
    ],
    [
      "a reader whose role allows more than reading",
      landscape({}, [
        vault("caller-vault"),
        resource("RoleAssignment", "officer", {
          scope: "caller-vault",
          principalId: "i-caller",
          roleDefinitionId: "/providers/x/b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        }),
      ]),
      ["high", "vault-rights", "caller-workload at caller-vault", "also has Key Vault Secrets Officer"],
    ],
    [
      "a party that can run code as a service",
      landscape({}, [
        own,
        resource("RoleAssignment", "deployer", {
          scope: "caller-identity",
          principalId: "d",
          roleDefinitionId: "/providers/x/f1a07417-d97a-45cb-824c-7a7467783830",
        }),
      ]),
      ["medium", "broad-deployer", "deployer", "gives d Managed Identity Operator on caller-workload"],
    ],
    [
      "an identity that reads two vaults",
      landscape({}, [own, vault("api-vault", policyOf("i-caller", "get"))]),
      ["high", "shared-vault", "caller-workload", "reads api-vault and caller-vault"],
    ],
    [
      "a reader from outside the stack",
      landscape({}, [vault("caller-vault", policyOf("somebody", "get"))]),
      [
        "high",
        "unknown-reader",
        "somebody at caller-vault",
        "is not a managed identity of this stack, but has access (get)",
      ],
    ],
    [
      "a granted role that is not declared",
      landscape({}, [own, assignment("p-caller", "p-api", "nobody-knows"), requestFor("nobody-knows")]),
      ["high", "undeclared-role", "caller → api nobody-knows", "is not a role that the API declares"],
    ],
    [
      "an API that nobody calls",
      landscape({}, [
        own,
        resource("ApplicationAppRole", "caller-Read", {
          applicationId: "caller-application",
          roleId: "c",
          value: "Read",
        }),
      ]),
      ["low", "uncalled-api", "caller", "exposes roles, but nobody calls it"],
    ],
    [
      "a grant that the registration does not request",
      landscape({ access: { roleIds: [] } }, [own]),
      ["medium", "unrequested-grant", "caller → api Read", "is granted, but not requested in the registration"],
    ],
    [
      "a requested role that is not granted",
      landscape({}, [own, requestFor("more")]),
      ["medium", "ungranted-request", "caller → api more", "is requested in the registration, but not granted"],
    ],
    [
      "a grant to a principal outside the landscape",
      landscape({}, [own, assignment("somebody", "p-api", "r")]),
      ["high", "outside-principal", "somebody → api Read", "is granted to a service principal outside the landscape"],
    ],
    [
      "a Graph permission of tier 0",
      landscape({}, [own, graph, assignment("i-caller", "p-graph", "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9")]),
      [
        "high",
        "privileged-graph",
        "caller-workload → Microsoft Graph Application.ReadWrite.All",
        "is of tier 0: it can give itself any right in the tenant, by a known indirect attack path",
      ],
    ],
    [
      "a Graph permission of which only the role's id is known",
      landscape({}, [
        own,
        assignment("i-caller", "00000000-not-a-resource-here", "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"),
      ]),
      [
        "high",
        "privileged-graph",
        "caller-workload → Microsoft Graph Application.ReadWrite.All",
        "is of tier 0: it can give itself any right in the tenant, by a known indirect attack path",
      ],
    ],
    [
      "a Graph permission of tier 2",
      landscape({}, [own, graph, assignment("i-caller", "p-graph", "df021288-bdef-4463-88db-98f22de89214")]),
      [
        "low",
        "privileged-graph",
        "caller-workload → Microsoft Graph User.Read.All",
        "is of tier 2: it can read data, and no way to further rights is known",
      ],
    ],
    [
      "a Graph permission that the review does not know",
      landscape({}, [own, graph, assignment("i-caller", "p-graph", "11111111-2222-4333-8444-555555555555")]),
      [
        "high",
        "privileged-graph",
        "caller-workload → Microsoft Graph 11111111-2222-4333-8444-555555555555",
        "is not among the permissions that the API publishes",
      ],
    ],
    [
      "a role that another granted role includes",
      landscape({}, [
        own,
        resource("ApplicationAppRole", "api-Data", {
          applicationId: "api-application",
          roleId: "d",
          value: "Data.Read",
        }),
        resource("ApplicationAppRole", "api-All", {
          applicationId: "api-application",
          roleId: "a",
          value: "Data.ReadWrite.All",
        }),
        assignment("p-caller", "p-api", "d"),
        assignment("p-caller", "p-api", "a"),
        requestFor("d", "a"),
      ]),
      ["medium", "covered-role", "caller → api Data.Read", "is part of Data.ReadWrite.All, which is granted too"],
    ],
    [
      "a role for people",
      landscape({ role: { allowedMemberTypes: ["Application", "User"] } }, [own]),
      ["medium", "user-role", "api Read", "can be assigned to people and groups"],
    ],
    [
      "a delegated scope",
      landscape({}, [own, resource("ApplicationPermissionScope", "api-scope", { applicationId: "api-application" })]),
      ["medium", "delegated-scope", "api-scope", "accepts tokens of signed-in people"],
    ],
    [
      "two kinds of credentials",
      landscape({}, [own, certificate("2027-05-01T00:00:00Z")]),
      ["high", "mixed-credentials", "caller", "has certificate and secret"],
    ],
    [
      "a certificate that is valid for too long",
      landscape({ password: { applicationId: "api-application" } }, [own, certificate("2027-11-26T00:00:00Z")]),
      ["high", "long-certificate", "caller-certificate", "is valid until 2027-11-26; at most 365 days are allowed"],
    ],
    [
      "more secrets than a rotation needs",
      landscape({}, [own, password("second"), password("third")]),
      ["medium", "many-credentials", "caller", "has 3 secrets; a rotation needs at most 2"],
    ],
    [
      "an expired secret",
      landscape({ password: { endDate: "2026-11-24T00:00:00Z" } }, [own]),
      ["medium", "expired-credential", "caller-secret", "ended on 2026-11-24"],
    ],
    [
      "a secret that expires today",
      landscape({ password: { endDate: "2026-11-25T00:00:00Z" } }, [own]),
      ["medium", "expired-credential", "caller-secret", "ended on 2026-11-25"],
    ],
    [
      "a secret of a service that could use its managed identity",
      landscape({ identity: { name: "id-caller" } }, [own]),
      ["low", "avoidable-secret", "secrets", "of caller are avoidable: its managed identity is enough"],
    ],
    [
      "a vault that does not set its permission model",
      landscape({}, [
        resource("Vault", "caller-vault", { properties: { accessPolicies: [policyOf("i-caller", "get")] } }),
      ]),
      [
        "medium",
        "unstated-authorization",
        "caller-vault",
        "does not state whether roles or access policies control it",
      ],
    ],
    [
      "permissions for keys beside those for secrets",
      landscape({}, [
        vault("caller-vault", { objectId: "i-caller", permissions: { secrets: ["get"], keys: ["all"] } }),
      ]),
      ["high", "vault-rights", "caller-workload at caller-vault", "also has keys/all"],
    ],
    [
      "an Azure role that allows everything",
      landscape({}, [
        own,
        resource("RoleAssignment", "deployer", {
          scope: "/subscriptions/s",
          principalId: "d",
          roleDefinitionId: "/providers/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        }),
      ]),
      ["high", "broad-deployer", "deployer", "gives d Owner on /subscriptions/s"],
    ],
  ])("find %s, and nothing else", (_what, resources, finding) => {
    expect(findings(resources)).toEqual([finding]);
  });

  it("treat an identity with a role at a vault as a reader with the permissions of the role", () => {
    const id = "11111111-2222-4333-8444-555555555555";
    const byRole = (role: string, more: EvaluatedResource[] = [], from: Partial<EvaluatedResource> = {}) =>
      findings(
        landscape({}, [
          vault("caller-vault"),
          resource(
            "RoleAssignment",
            "reader",
            { scope: "caller-vault", principalId: "i-caller", roleDefinitionId: role },
            from,
          ),
          ...more,
        ]),
      );
    const own = (...dataActions: string[]) =>
      resource("RoleDefinition", "own-role", {
        roleName: "Own",
        permissions: [{ dataActions: dataActions.map((action) => `Microsoft.KeyVault/vaults/secrets/${action}`) }],
      });
    // A role definition in the stack also has its own finding, because it could be assigned elsewhere.
    const definition = (what: string) => ["medium", "powerful-role", "own-role", what];
    const reads = "reads secrets (Microsoft.KeyVault/vaults/secrets/getSecret/action)";
    expect(byRole("own-role", [own("getSecret/action")])).toEqual([definition(reads)]);
    expect(byRole("own-role", [own("getSecret/action", "setSecret/action")])).toEqual([
      ["high", "vault-rights", "caller-workload at caller-vault", "also has secrets/setSecret/action"],
      definition(`${reads}, changes secrets (Microsoft.KeyVault/vaults/secrets/setSecret/action)`),
    ]);
    const unnamed = [
      "high",
      "broad-deployer",
      "reader",
      `gives caller-workload /x/${id} on caller-vault, which has no published tier`,
    ];
    expect(byRole(`/x/${id}`)).toEqual([unnamed]);
    const component = (readerRole: string) =>
      resource("microservice-identities:index:ServiceVault", "caller", { readerRole }, { component: true });
    const { urn: parent } = component(id);
    expect(byRole(`/x/${id}`, [component(id.toUpperCase())], { parent })).toEqual([]);
    expect(byRole(`/x/${id}`, [component("99999999-2222-4333-8444-555555555555")], { parent })).toEqual([unnamed]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ["can be purged", { enablePurgeProtection: undefined }, ["high", "purgeable-vault", "can be purged"]],
    [
      "keeps deleted secrets for a week",
      { softDeleteRetentionInDays: 7 },
      ["medium", "short-retention", "keeps deleted secrets for less than 90 days"],
    ],
    [
      "admits both halves of the internet",
      { networkAcls: { defaultAction: "Deny", ipRules: [{ value: "0.0.0.0/1" }, { value: "128.0.0.0/1" }] } },
      ["medium", "open-network", "can be reached from the whole internet"],
    ],
    [
      "admits everybody",
      { networkAcls: { defaultAction: "Allow" } },
      ["medium", "open-network", "can be reached from the whole internet"],
    ],
  ])("find a vault in production that %s, but not in other stacks", (_what, change, [severity, rule, message]) => {
    const safe = {
      accessPolicies: [policyOf("i-caller", "get")],
      enableRbacAuthorization: false,
      enablePurgeProtection: true,
      softDeleteRetentionInDays: 90,
      networkAcls: { defaultAction: "Deny", ipRules: [{ value: "203.0.113.0/24" }] },
    };
    const of = (stack: string, production: boolean, properties: object) =>
      landscape({}, [
        resource("Vault", "caller-vault", { properties }),
        resource("Landscape", "shop", production ? { production } : {}),
      ]).map((each) => ({
        ...each,
        urn: each.urn.replace(":dev:", `:${stack}:`),
        parent: each.parent.replace(":dev:", `:${stack}:`),
      }));
    const broken = { ...safe, ...change };
    const found = [severity, rule, "caller-vault", message];
    expect(findings(of("live", true, safe))).toEqual([]);
    expect(findings(of("live", true, broken))).toEqual([found]);
    // The name of the stack has no influence.
    for (const stack of ["prod", "products-dev", "pre-prod"]) expect(findings(of(stack, false, broken))).toEqual([]);
    expect(findings([...of("live", true, safe), ...of("dev", false, broken)]).filter(([, id]) => id === rule)).toEqual(
      [],
    );
  });

  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ["a permission that is the least for its request", ["User.ReadBasic.All"], ["GET /users/{id}"], []],
    [
      "a wider permission",
      ["User.Read.All"],
      ["GET /users/{id}"],
      [
        "medium caller → Microsoft Graph User.Read.All allows more than its requests need: GET /users/{id} needs User.ReadBasic.All",
      ],
    ],
    [
      "a request that no granted permission allows",
      ["User.ReadBasic.All"],
      ["GET /users/{id}", "POST /users/{id}/sendMail"],
      [
        "low caller → Microsoft Graph names a request that no granted permission allows: POST /users/{id}/sendMail needs Mail.Send",
      ],
    ],
    [
      "a request that Microsoft Graph does not publish",
      ["User.Read.All"],
      ["GET /everything"],
      [
        "medium caller → Microsoft Graph names a request that Microsoft Graph does not publish for applications: GET /everything",
      ],
    ],
  ])("compare a call's permissions with its requests to Microsoft Graph: %s", (_what, held, requests, expected) => {
    const grants = held.map((role) => ({ caller: "caller", api: "Microsoft Graph", role, requests }));
    const model = { ...accessModelOf([]), grants };
    const found = findingsOf([widerPermission], { resources: [], model, today: "2026-11-25", stack: "dev" });
    expect(found.map(({ severity, subject, message }) => `${severity} ${subject} ${message}`)).toEqual(expected);
  });

  it("find a service that can reach write access to more than five APIs, with the services in between", () => {
    const chain = ["a", "b", "c", "d", "e", "f", "g"];
    const model = {
      ...accessModelOf([]),
      services: chain,
      grants: chain.slice(1).map((api, index) => ({ caller: chain[index] as string, api, role: "X.Write" })),
    };
    expect(farReach.check({ resources: [], model, today: "2026-11-25", stack: "dev" })).toEqual([
      {
        subject: ofName("a"),
        extent: { parts: ["b", "c", "d", "e", "f", "g"] },
        message:
          "reaches a write on 6 APIs, at most 5 are allowed: a → b; a → b → c; a → b → c → d; a → b → c → d → e; a → b → c → d → e → f; a → b → c → d → e → f → g",
      },
    ]);
  });

  it("find grants in production that staging does not have", () => {
    const model = (stack: string, ...roles: string[]) => ({
      ...accessModelOf([]),
      grants: roles.map((role) => ({ caller: `a-${stack}`, api: `b-${stack}`, role })),
    });
    const beside = { stack: "staging", model: model("staging", "X.Read", "X.Other") };
    const reviewed = { resources: [], model: model("prod", "X.Read", "X.Write"), today: "2026-11-25", stack: "prod" };
    expect(environmentGap.check({ ...reviewed, beside })).toEqual([
      { subject: ofGrant({ caller: "a-prod", api: "b-prod", role: "X.Write" }), message: "is not granted in staging" },
    ]);
    expect(environmentGap.check(reviewed)).toEqual([]);
  });

  it("accept a grant on its last day, and a secret that is valid for 180 days", () => {
    const resources = landscape({ grant: { until: "2026-11-25" }, password: { endDate: "2027-05-24T00:00:00Z" } }, [
      own,
    ]);
    expect(findings(resources)).toEqual([]);
  });
});

describe("retired-api-version", () => {
  const found = (today: string, ...types: string[]) =>
    retiredApiVersion
      .check({
        resources: types.map((type, index) => ({ ...vault(`vault-${index}`), type })),
        model: accessModelOf([]),
        today,
        stack: "dev",
      })
      .map(({ subject, message, severity }) => [subject.text, message, severity]);
  const [named, old, lasting] = ["", "/v20241101", "/v20260201"].map(
    (version) => `azure-native:keyvault${version}:Vault`,
  ) as [string, string, string];

  it("reports each version of Key Vault once, from 120 days before its retirement", () => {
    expect(found("2026-10-29", old)).toEqual([]);
    const message = "works only until 2027-02-27";
    expect(found("2026-10-30", old, old)).toEqual([["Microsoft.KeyVault 2024-11-01", message, undefined]]);
    expect(found("2027-02-28", old)).toEqual([["Microsoft.KeyVault 2024-11-01", message, "high"]]);
  });

  it("uses the version of the installed package for a type without a version", () => {
    expect(found("2027-01-01", named).map(([subject]) => subject)).toEqual(
      keyVaultVersion < "2026-02-01" ? [`Microsoft.KeyVault ${keyVaultVersion}`] : [],
    );
  });

  it("does not report a version without a planned retirement", () => {
    expect(found("2027-03-01", lasting)).toEqual([]);
  });
});
