import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

const issuer = "https://token.actions.githubusercontent.com";
const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The local Azure simulates the issuer of these tokens. */
describe("a flexible federated credential", () => {
  let azure: TestAzure;
  let client: { id: string; appId: string };
  const path = (version: string) => `/${version}/applications/${client.id}/federatedIdentityCredentials`;
  const credential = (change: object = {}) => ({
    name: "releases",
    issuer,
    audiences: ["api://AzureADTokenExchange"],
    claimsMatchingExpression: {
      value:
        "claims['sub'] matches 'repo:contoso/shop:ref:refs/heads/*' and claims['job_workflow_ref'] eq 'contoso/ci/deploy.yml@v1'",
      languageVersion: 1,
    },
    ...change,
  });

  beforeAll(async () => {
    azure = await startTestAzure();
    const { body } = await azure.graph("POST", "/v1.0/applications", { displayName: "deployer" });
    await azure.graph("POST", "/v1.0/servicePrincipals", { appId: body.appId });
    client = { id: body.id, appId: body.appId };
  });
  afterAll(() => azure.close());

  /** @returns 200, or the number of the error */
  const signIn = async (claims: Record<string, string>): Promise<number> => {
    const simulated = await azure.azure.clusterIssuer(issuer);
    const assertion = await simulated.token("", "", claims);
    const { status, body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: client.appId,
      client_assertion: assertion,
      client_assertion_type: jwtBearer,
      scope: "https://vault.azure.net/.default",
    });
    return status === 200 ? status : body.error_codes[0];
  };

  it("accepts exactly the tokens whose claims its expression matches", async () => {
    const { status, body } = await azure.graph("POST", path("beta"), credential());
    expect([status, body.subject, body.claimsMatchingExpression]).toEqual([
      201,
      null,
      credential().claimsMatchingExpression,
    ]);
    const workflow = { job_workflow_ref: "contoso/ci/deploy.yml@v1" };
    const main = { sub: "repo:contoso/shop:ref:refs/heads/main" };
    expect(await signIn({ ...main, ...workflow })).toBe(200);
    expect(await signIn({ sub: "repo:contoso/shop:ref:refs/heads/a/b", ...workflow })).toBe(200);
    expect(await signIn({ sub: "repo:contoso/shop:pull_request", ...workflow })).toBe(700213);
    expect(await signIn({ sub: "repo:CONTOSO/shop:ref:refs/heads/main", ...workflow })).toBe(700213);
    expect(await signIn(main)).toBe(700213);
    await azure.graph("DELETE", `${path("beta")}/${body.id}`);
  });

  it("is returned with its expression in beta, and without it in version 1.0", async () => {
    const { body } = await azure.graph("POST", path("beta"), credential());
    const shown = async (version: string) => (await azure.graph("GET", `${path(version)}/${body.id}`)).body;
    expect((await shown("beta")).claimsMatchingExpression).toEqual(credential().claimsMatchingExpression);
    expect("claimsMatchingExpression" in (await shown("v1.0"))).toBe(false);
    await azure.graph("DELETE", `${path("v1.0")}/${body.id}`);
  });

  it.each<[string, string, object, string]>([
    [
      "in version 1.0",
      "v1.0",
      { subject: "x" },
      "Invalid property 'claimsMatchingExpression' of resource 'FederatedIdentityCredential'.",
    ],
    [
      "with a subject",
      "beta",
      { subject: "x" },
      "Properties 'subject' and 'claimsMatchingExpression' of resource 'FederatedIdentityCredential' exclude each other.",
    ],
    [
      "of another issuer",
      "beta",
      { issuer: "https://issuer.example" },
      "Property 'claimsMatchingExpression' is not supported for issuer 'https://issuer.example'; supported: https://token.actions.githubusercontent.com, https://gitlab.com, https://app.terraform.io.",
    ],
    [
      "about another claim",
      "beta",
      { claimsMatchingExpression: { value: "claims['actor'] eq 'x'", languageVersion: 1 } },
      "Invalid value specified for property 'claimsMatchingExpression.value': 'claims['actor'] eq 'x''; supported: claims['…'] with eq or matches, joined by and, for the claims sub, job_workflow_ref.",
    ],
    [
      "that cannot be read",
      "beta",
      { claimsMatchingExpression: { value: "claims['sub'] matches 'a' or claims['sub'] eq 'b'", languageVersion: 1 } },
      "Invalid value specified for property 'claimsMatchingExpression.value': 'claims['sub'] matches 'a' or claims['sub'] eq 'b''; supported: claims['…'] with eq or matches, joined by and, for the claims sub, job_workflow_ref.",
    ],
    [
      "without an expression and a subject",
      "beta",
      { claimsMatchingExpression: null },
      "A value is required for property 'subject' or 'claimsMatchingExpression' of resource 'FederatedIdentityCredential'.",
    ],
  ])("%s is refused", async (_case, version, change, message) => {
    const { status, body } = await azure.graph("POST", path(version), credential(change));
    expect([status, body.error.code, body.error.message]).toEqual([400, "Request_BadRequest", message]);
  });
});
