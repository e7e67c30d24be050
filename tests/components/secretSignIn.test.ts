import { targetHere } from "@microservice-identities/engine/deployment/programTarget";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { signInWithSecret } from "../../components/secretSignIn";

/** What these tests cannot prove: whether Entra checks the secret or a Conditional Access policy first. */
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

  it("requests a token for Key Vault from the providers' authority, or from the given one", async () => {
    const { identity, secretText } = service();
    expect(await signInWithSecret(identity, secretText)).toEqual({ kind: "accepted" });
    const at = { ...identity, authority: `${azure.azure.authority}/` };
    expect(await signInWithSecret(at, secretText)).toEqual({ kind: "accepted" });
    const [last] = azure.azure.tenant.signIns.all();
    expect([last?.client.displayName, last?.resource?.displayName]).toEqual(["orders", "Azure Key Vault"]);
  });

  it("distinguishes by Entra's codes refusals that may be temporary from others", async () => {
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

  it("names the host that it cannot reach, and does not repeat the secret", async () => {
    const { identity, secretText } = service();
    const signIn = await signInWithSecret({ ...identity, authority: "https://localhost:1" }, secretText);
    expect(signIn).toEqual({
      kind: "impossible",
      reason: expect.stringMatching(/^localhost:1 cannot be reached: .*ECONNREFUSED/),
    });
    expect(JSON.stringify(signIn)).not.toContain(secretText);
  });
});
