import { auditCredentials } from "../credentialAudit";

const service = (clientId: string, credential: object) => ({ clientId, credential }) as never;

it("names credentials in Entra that no deployment created, also of a federated service, and credentials that are missing there", () => {
  const directory = {
    orders: service("1", { kind: "secret", keyIds: ["a", "b"] }),
    billing: service("2", { kind: "federated" }),
  };
  const held = {
    1: [
      { keyId: "b", displayName: "window 2026-11-01" },
      { keyId: "c", displayName: "quick fix" },
    ],
    2: [{ keyId: "d", displayName: null }],
  };
  expect(auditCredentials(directory, held)).toEqual([
    {
      service: "orders",
      kind: "secret",
      differences: [
        "orders: Entra holds the credential c (quick fix), which no deployment created; remove it, or revoke the service's secrets",
        "orders: Entra no longer holds the credential a; refresh the stack and deploy it again",
      ],
    },
    {
      service: "billing",
      kind: "federated",
      differences: [
        "billing: Entra holds the credential d (without a name), which no deployment created; remove it, or revoke the service's secrets",
      ],
    },
  ]);
});
