import { targetHere } from "@microservice-identities/engine/deployment/programTarget";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { signInWithSecret } from "../../components/secretSignIn";

/** What it cannot prove: in which order Entra checks a secret and a Conditional Access policy. */
describe("a deployment that tries a client secret", () => {
  let azure: TestAzure;
  let undo: () => void;
  beforeAll(async () => {
    azure = await startTestAzure();
    undo = targetHere(azure.azure);
  });
  afterAll(async () => {
    undo();
    await azure.close();
  });
  const service = () => {
    const { tenant } = azure.azure;
    const application = tenant.addApplication("orders");
    const principal = tenant.addServicePrincipal({ appId: application.appId, displayName: "orders" });
    const { secretText } = tenant.addPassword(application, { displayName: "secret" });
    return { identity: { clientId: application.appId, tenantId: azure.azure.tenantId }, principal, secretText };
  };

  it("signs in where the providers do, or at the given authority, for a token for Key Vault", async () => {
    const { identity, secretText } = service();
    expect(await signInWithSecret(identity, secretText)).toEqual({ kind: "accepted" });
    const at = { ...identity, authority: `${azure.azure.authority}/` };
    expect(await signInWithSecret(at, secretText)).toEqual({ kind: "accepted" });
    const [last] = azure.azure.tenant.signIns.all();
    expect([last?.client.displayName, last?.resource?.displayName]).toEqual(["orders", "Azure Key Vault"]);
  });

  it("learns from Entra's codes which refusals may end with time", async () => {
    const { identity, principal, secretText } = service();
    expect(await signInWithSecret(identity, "wrong")).toEqual({ kind: "refused", code: "AADSTS7000215" });
    expect(await signInWithSecret({ ...identity, clientId: azure.azure.subscriptionId }, secretText)).toEqual({
      kind: "refused",
      code: "AADSTS700016",
    });
    principal.accountEnabled = false;
    expect(await signInWithSecret(identity, secretText)).toEqual({
      kind: "impossible",
      reason: "Entra answers AADSTS7000112",
    });
    azure.azure.faults.set({ faults: [{ endpoint: "entra", kind: "throttled", times: 1 }] });
    expect(await signInWithSecret(identity, secretText)).toEqual({ kind: "refused", code: "AADSTS90033" });
  });

  it("says which host it cannot reach, and nothing of the secret", async () => {
    const { identity, secretText } = service();
    const signIn = await signInWithSecret({ ...identity, authority: "https://localhost:1" }, secretText);
    expect(signIn).toEqual({
      kind: "impossible",
      reason: expect.stringMatching(/^localhost:1 cannot be reached: .*ECONNREFUSED/),
    });
    expect(JSON.stringify(signIn)).not.toContain(secretText);
  });
});
