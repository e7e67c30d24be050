import { readServices, readSettings } from "../../stacks/settings";

const project = "microservice-identities";
const read = (settings: Record<string, unknown>) =>
  readSettings(
    Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [
        key.includes(":") ? key : `${project}:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    project,
    "dev",
  );
const valid = { location: "westeurope", rotation: { since: "2026-11-01" } };

describe("the settings of a stack", () => {
  it("fill in the rotation of 90, 14 and 180 days, and leave other packages' settings alone", () => {
    expect(read({ ...valid, "azuread:tenantId": "x" })).toEqual({
      location: "westeurope",
      rotation: { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 },
    });
  });

  it("take a date that YAML read as a time", () => {
    expect(read({ ...valid, rotation: { since: "2026-11-01T00:00:00Z" } }).rotation.since).toBe("2026-11-01");
  });

  it("report every problem at once, each with its key and what is allowed", () => {
    expect(() =>
      read({
        location: "West Europe",
        rotation: { since: "soon", periodDays: "90", overlap: 14 },
        vault: { retentionDays: 100, authorization: "both", purge: true },
        loction: "westeurope",
      }),
    ).toThrow(
      new Error(
        [
          "Pulumi.dev.yaml has 8 problems:",
          '  microservice-identities:location is "West Europe"; allowed: an Azure region like westeurope',
          '  microservice-identities:rotation.since is "soon"; allowed: a date that exists, written like 2027-03-31',
          '  microservice-identities:rotation.periodDays is "90"; allowed: a number',
          "  microservice-identities:rotation.overlap is no setting; allowed here: since, periodDays, overlapDays, validityDays",
          '  microservice-identities:vault.authorization is "both"; allowed: "accessPolicies" or "rbac"',
          "  microservice-identities:vault.retentionDays is 100; allowed: at most 90",
          "  microservice-identities:vault.purge is no setting; allowed here: authorization, retentionDays, purgeProtection",
          "  microservice-identities:loction is no setting; allowed here: location, rotation, vault, services, authority, landscapeFile, date",
        ].join("\n"),
      ),
    );
  });

  it("name what is missing", () => {
    expect(() => read({})).toThrow(
      new Error(
        [
          "Pulumi.dev.yaml has 2 problems:",
          "  microservice-identities:location is missing; allowed: text",
          "  microservice-identities:rotation is missing; allowed: keys and values",
        ].join("\n"),
      ),
    );
  });

  it("refuse a rotation whose secrets would end before the next has taken over", () => {
    expect(() => read({ ...valid, rotation: { since: "2026-11-01", validityDays: 95 } })).toThrow(
      new Error(
        "Pulumi.dev.yaml has 1 problem:\n  microservice-identities:rotation.validityDays is 95; allowed: a whole number from 104 to 180",
      ),
    );
  });

  it("say of each service how it proves itself, and refuse what does not go together", () => {
    expect(
      readServices(
        read({ ...valid, services: { a: { credential: "federated" }, b: { revoked: { times: 2, reason: "Seen." } } } }),
      ),
    ).toEqual({ a: { credential: { kind: "federated" } }, b: { revocations: 2 } });
    expect(() =>
      read({
        ...valid,
        services: {
          a: { credential: "certificate" },
          b: { credential: "federated", certificateFile: "b.pem", revoked: { times: 1, reason: "Seen." } },
          c: { credential: "password", colour: "red" },
        },
      }),
    ).toThrow(
      new Error(
        [
          "Pulumi.dev.yaml has 2 problems:",
          '  microservice-identities:services.c.credential is "password"; allowed: "secret" or "certificate" or "federated"',
          "  microservice-identities:services.c.colour is no setting; allowed here: credential, certificateFile, revoked",
        ].join("\n"),
      ),
    );
    expect(() =>
      read({
        ...valid,
        services: {
          a: { credential: "certificate" },
          b: { credential: "federated", certificateFile: "b.pem", revoked: { times: 1, reason: "Seen." } },
        },
      }),
    ).toThrow(
      new Error(
        [
          "Pulumi.dev.yaml has 3 problems:",
          "  microservice-identities:services.a.certificateFile is missing; allowed: the PEM file of the service's public certificate",
          '  microservice-identities:services.b.certificateFile is for the credential "certificate", not "federated"',
          '  microservice-identities:services.b.revoked is for the credential "secret", not "federated"',
        ].join("\n"),
      ),
    );
  });
});
