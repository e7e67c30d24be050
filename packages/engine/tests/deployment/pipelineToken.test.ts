import { AzureClient } from "@microservice-identities/engine/deployment/azureClient";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

const issuer = "https://vstoken.dev.azure.com/7b2e8f4c-0d4e-4f43-9d4b-5a3f0a7f6c11";
const subject = "sc://acme/shop/registrar-dev";

describe("a deployment that signs in with the token of its pipeline", () => {
  let azure: TestAzure;
  let clientId: string;
  beforeAll(async () => {
    azure = await startTestAzure();
    const { tenant } = azure.azure;
    const application = tenant.addApplication("registrar");
    clientId = application.appId;
    tenant.addServicePrincipal({ appId: clientId, displayName: "registrar" });
    tenant.setFederatedCredentials(application, "added", [
      { id: "1", name: "pipeline", issuer, subject, audiences: ["api://AzureADTokenExchange"], description: null },
    ]);
  });
  afterAll(() => azure.close());

  /** @param validSeconds for how long the token is valid from now. Entra accepts it for five more minutes */
  const clientWith = async (validSeconds: number) => {
    const simulated = await azure.azure.clusterIssuer(issuer);
    const exp = Math.floor(Date.now() / 1000) + validSeconds;
    const token = await simulated.token("", "", { sub: subject, exp });
    const deployer = { ...azure.azure.deployer, ARM_CLIENT_ID: clientId, ARM_CLIENT_SECRET: "", ARM_OIDC_TOKEN: token };
    return new AzureClient({ ...azure.azure, deployer }, { attempts: 1, pause: 1, longestPause: 1 });
  };

  it("signs in without a secret", async () => {
    const client = await clientWith(600);
    expect((await client.claims()).appid).toBe(clientId);
    await client.close();
  });

  it("fails with Entra's reason if the token has expired before the sign-in", async () => {
    const client = await clientWith(-400);
    await expect(client.graph("GET", "/v1.0/applications")).rejects.toThrow(/unexpected status 401.*AADSTS700024/);
    await client.close();
  });
});
