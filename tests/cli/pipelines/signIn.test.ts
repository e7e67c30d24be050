import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { bootstrapProject, writeBootstrapSettings } from "@microservice-identities/test-support/bootstrapProject";
import { type GitLabTokenSubject, gitlabClaims } from "@microservice-identities/test-support/pipelines/gitlab/idTokens";
import {
  githubIssuer,
  idTokenClaims,
  type TokenSubject,
} from "@microservice-identities/test-support/pipelines/idTokens";
import { projectFolder, run } from "@microservice-identities/test-support/processes";

jest.setTimeout(120_000);

const organization = "7b2e8f4c-0d4e-4f43-9d4b-5a3f0a7f6c11";
/** The issuer of the tokens of Azure DevOps until July 2027, and the one after it. */
const vstoken = `https://vstoken.dev.azure.com/${organization}`;
const entra = "https://login.microsoftonline.com/6d1f3a52-8f0e-4c55-a3a4-0c7a0a8f2b1e/v2.0";
const vstokenSubject = (name: string) => `sc://acme/shop/${name}`;
const entraSubject = (connection: string) =>
  `/eid1/c/pub/t/UjofbQ6PVUyjpAx6Co8rHg/a/ndRkSTqVtkG5fQ8u/sc/${organization}/${connection}`;

let azure: TestAzure;
let folder: string;
const clientIds: Record<string, string> = {};

beforeAll(async () => {
  azure = await startTestAzure();
  folder = await bootstrapProject();
  const connections = (issuer: string, subjectOf: (name: string) => string, stack: string, ...names: string[]) => ({
    azurePipelines: Object.fromEntries(names.map((name) => [name, { issuer, subject: subjectOf(`${name}-${stack}`) }])),
  });
  const stacks = {
    // A repository of before July 2026, and Azure DevOps' own issuer.
    dev: {
      previewsPullRequests: true,
      ...connections(vstoken, vstokenSubject, "dev", "registrar", "consenter", "previewer"),
      gitlab: { project: "project_path:acme/shop", tier: "development" },
    },
    // A newer one, whose subjects have the ids of owner and repository, and Entra as the issuer.
    prod: {
      githubSubject: "repo:acme@11/shop@22",
      ...connections(entra, entraSubject, "prod", "registrar", "consenter"),
      // Its tokens come from the same issuer: an address is one with and without a slash at the end.
      gitlab: { issuer: "https://gitlab.com/", project: "project_path:acme/shop", tier: "production" },
    },
  };
  await Promise.all(
    Object.entries(stacks).map(async ([stack, settings]) => {
      await writeBootstrapSettings(folder, stack, settings);
      const project = { azure: azure.azure, projectFolder: path.join(folder, "bootstrap"), stack };
      const { outputs } = await new BuiltInStack(project).up();
      const variables = outputs.variables as Record<string, string>;
      for (const identity of ["registrar", "consenter", "previewer"])
        if (variables[`${identity.toUpperCase()}_CLIENT_ID`])
          clientIds[`${identity}-${stack}`] = variables[`${identity.toUpperCase()}_CLIENT_ID`] as string;
    }),
  );
});
afterAll(async () => {
  await azure.close();
  await rm(folder, { recursive: true });
});

/** A sign-in as each identity. @returns the identities that it succeeds as, and the numbers of the errors of all others */
async function signIns(issuer: string, claims: Record<string, unknown>) {
  const played = await azure.azure.clusterIssuer(issuer);
  const assertion = await played.token("", "", claims);
  const as: string[] = [];
  const refusals = new Set<number>();
  for (const [identity, clientId] of Object.entries(clientIds)) {
    const { status, body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: clientId,
      client_assertion: assertion,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      scope: "https://management.core.windows.net//.default",
    });
    if (status === 200) as.push(identity);
    else refusals.add(body.error_codes[0]);
  }
  return { as: as.sort(), refusals: [...refusals].sort() };
}

const deploy = { workflow: "deploy.yml", jobWorkflow: "deploy-environment.yml" };
const older: TokenSubject = { repository: "acme/shop", ref: "refs/heads/main", eventName: "push", ...deploy };
const newer: TokenSubject = { ...older, ids: { owner: 11, repository: 22 } };
const daily = { eventName: "schedule", workflow: "daily.yml", jobWorkflow: "daily.yml" };
const pull = {
  ...{ eventName: "pull_request", ref: "refs/pull/7/merge" },
  ...{ workflow: "pull-request.yml", jobWorkflow: "pull-request.yml" },
};
const otherSubject = 700213;

describe("a job of GitHub", () => {
  it.each<[string, TokenSubject, string[]]>([
    // What docs/environments.md declares.
    ["that deploys dev", { ...older, environment: "dev" }, ["registrar-dev"]],
    ["that deploys dev with consent", { ...older, environment: "dev-consent" }, ["consenter-dev", "registrar-dev"]],
    ["of dev's daily run", { ...older, ...daily, environment: "dev-daily" }, ["registrar-dev"]],
    ["of a pull request", { ...older, ...pull }, ["previewer-dev"]],
    ["that deploys prod", { ...newer, environment: "prod" }, ["registrar-prod"]],
    ["that deploys prod with consent", { ...newer, environment: "prod-consent" }, ["consenter-prod", "registrar-prod"]],
    ["of prod's daily run", { ...newer, ...daily, environment: "prod-daily" }, ["registrar-prod"]],
    // Everything else.
    ["without an environment, on main", older, []],
    ["without an environment, on another branch", { ...older, ref: "refs/heads/change" }, []],
    ["without an environment, on a tag", { ...older, ref: "refs/tags/environment:dev" }, []],
    ["of another workflow, without an environment", { ...older, workflow: "evil.yml", jobWorkflow: "evil.yml" }, []],
    ["of an environment of another name", { ...older, environment: "development" }, []],
    ["of an environment whose name differs in case", { ...older, environment: "Dev" }, []],
    ["of an environment that is called like a subject", { ...older, environment: "x:environment:dev" }, []],
    ["of an environment of a stack that does not trust it yet", { ...older, environment: "staging" }, []],
    ["of a pull request, in an environment that nobody protects", { ...older, ...pull, environment: "preview" }, []],
    ["of a fork, in the fork's own environment", { ...older, repository: "mallory/shop", environment: "dev" }, []],
    ["of a fork's pull request to itself", { ...older, ...pull, repository: "mallory/shop" }, []],
    ["of the repository under another name", { ...older, repository: "acme/store", environment: "dev" }, []],
    ["of the repository with another owner", { ...older, repository: "globex/shop", environment: "dev" }, []],
    ["of the repository since it has ids in its subjects", { ...newer, environment: "dev" }, []],
    ["of a repository whose ids are trusted, without them", { ...older, environment: "prod" }, []],
    [
      "of a new repository of the trusted name",
      { ...newer, ids: { owner: 11, repository: 23 }, environment: "prod" },
      [],
    ],
    ["of a new owner of the trusted name", { ...newer, ids: { owner: 12, repository: 22 }, environment: "prod" }, []],
    ["of the trusted repository under another name", { ...newer, repository: "acme/store", environment: "prod" }, []],
    ["of a pull request of a repository that only prod trusts", { ...newer, ...pull }, []],
  ])("%s signs in as what is declared, and as nothing else", async (_, job, declared) => {
    const { as, refusals } = await signIns(githubIssuer, idTokenClaims(job));
    expect(as).toEqual([...declared].sort());
    expect(refusals).toEqual([otherSubject]);
  });

  it.each<[string, string, Record<string, unknown>, number[]]>([
    ["for another audience", githubIssuer, { aud: "https://github.com/acme" }, [700212, otherSubject]],
    ["that has expired", githubIssuer, { exp: Math.floor(Date.now() / 1000) - 600 }, [700024, otherSubject]],
    ["of a GitHub of somebody's own", "https://github.acme.example/_services/token", {}, [700211]],
    ["of Azure DevOps with the subject of a job of GitHub", vstoken, {}, [700211, otherSubject]],
  ])("signs in as nothing with a token %s", async (_, issuer, changes, codes) => {
    const claims = idTokenClaims({ ...older, environment: "dev-consent" });
    expect(await signIns(issuer, { ...claims, ...changes })).toEqual({ as: [], refusals: codes });
  });
});

describe("a service connection of Azure DevOps", () => {
  it.each<[string, string, string, string[]]>([
    ["registrar-dev", vstoken, vstokenSubject("registrar-dev"), ["registrar-dev"]],
    ["consenter-dev", vstoken, vstokenSubject("consenter-dev"), ["consenter-dev", "registrar-dev"]],
    ["previewer-dev", vstoken, vstokenSubject("previewer-dev"), ["previewer-dev"]],
    ["registrar-prod, with Entra as the issuer", entra, entraSubject("registrar-prod"), ["registrar-prod"]],
    [
      "consenter-prod, with Entra as the issuer",
      entra,
      entraSubject("consenter-prod"),
      ["consenter-prod", "registrar-prod"],
    ],
    ["of another name", vstoken, vstokenSubject("registrar"), []],
    ["of another project", vstoken, "sc://acme/store/registrar-dev", []],
    [
      "of another organization",
      `https://vstoken.dev.azure.com/${organization.replace("7", "8")}`,
      vstokenSubject("registrar-dev"),
      [],
    ],
    ["registrar-dev, since it has Entra as the issuer", entra, vstokenSubject("registrar-dev"), []],
    ["of a tenant of somebody else", entra.replace("6", "7"), entraSubject("registrar-prod"), []],
  ])("%s signs in as what is declared, and as nothing else", async (_, issuer, sub, declared) => {
    expect((await signIns(issuer, { sub })).as).toEqual([...declared].sort());
  });
});

describe("a job of GitLab CI", () => {
  const gitlab = "https://gitlab.com";
  const main: GitLabTokenSubject = { project: "acme/shop", ref: "main" };
  const inEnvironment = (name: string, tier: string, isProtected = true): GitLabTokenSubject => ({
    ...main,
    environment: { name, tier, isProtected },
  });
  const everybody = ["consenter-dev", "consenter-prod", "registrar-dev", "registrar-prod"];
  /** The previewer trusts no issuer of GitLab. */
  const noTrust = 700211;
  it.each<[string, GitLabTokenSubject, string[]]>([
    // What docs/environments.md declares. GitLab's subject has an environment's tier, so the stacks share the last two.
    ["that deploys dev", inEnvironment("dev", "development"), ["registrar-dev"]],
    ["that deploys prod", inEnvironment("prod", "production"), ["registrar-prod"]],
    ["that deploys dev with consent", inEnvironment("dev-consent", "other"), everybody],
    ["that deploys prod with consent", inEnvironment("prod-consent", "other"), everybody],
    ["of dev's daily run", inEnvironment("dev-daily", "testing"), ["registrar-dev", "registrar-prod"]],
    // Everything else.
    ["without an environment, on main", main, []],
    ["of a stack that nobody trusts yet", inEnvironment("staging", "staging"), []],
    ["of an environment that nobody protects", inEnvironment("prod", "production", false), []],
    ["of a consent environment that nobody protects", inEnvironment("x", "other", false), []],
    ["on another branch", { ...inEnvironment("prod", "production"), ref: "change" }, []],
    ["on a branch whose name ends like main", { ...inEnvironment("prod", "production"), ref: "x/main" }, []],
    ["on a tag that is called main", { ...inEnvironment("prod", "production"), refType: "tag" }, []],
    ["of a merge request", { ...main, ref: "change" }, []],
    [
      "of a fork's merge request, also in the project",
      { ...inEnvironment("prod", "production"), project: "mallory/shop" },
      [],
    ],
    [
      "of a project of the same name in a subgroup",
      { ...inEnvironment("prod", "production"), project: "acme/x/shop" },
      [],
    ],
    ["of the project under another name", { ...inEnvironment("prod", "production"), project: "acme/store" }, []],
  ])("%s signs in as what is declared, and as nothing else", async (_, job, declared) => {
    expect(await signIns(gitlab, gitlabClaims(job))).toEqual({
      as: declared,
      refusals: [noTrust, ...(declared === everybody ? [] : [otherSubject])],
    });
  });

  it.each<[string, string, Record<string, unknown>, number[]]>([
    ["for GitLab's own audience", gitlab, { aud: "https://gitlab.com" }, [noTrust, 700212]],
    ["that has expired", gitlab, { exp: Math.floor(Date.now() / 1000) - 600 }, [700024, noTrust]],
    ["of somebody's own GitLab", "https://gitlab.acme.example", {}, [700211]],
    [
      "whose subject has the parts that GitLab has by default",
      gitlab,
      { sub: "project_path:acme/shop:ref_type:branch:ref:main" },
      [noTrust, otherSubject],
    ],
  ])("signs in as nothing with a token %s", async (_, issuer, changes, codes) => {
    const claims = gitlabClaims(inEnvironment("prod-consent", "other"));
    expect(await signIns(issuer, { ...claims, ...changes })).toEqual({ as: [], refusals: codes });
  });

  it("signs in the commands as the registrar, and the providers as the consenter if it consents", async () => {
    const ca = path.join(folder, "ca.pem");
    await writeFile(ca, azure.azure.caCertificate);
    const issuer = await azure.azure.clusterIssuer(gitlab);
    const { ARM_METADATA_HOSTNAME, ARM_TENANT_ID, ARM_SUBSCRIPTION_ID } = azure.azure.deployer;
    const whoIs = `require("./cli/adoption/tenant.ts").SignedInTenant.signIn(process.env).then(({ objectId }) => console.log(objectId, process.env.ARM_CLIENT_ID))`;
    const signedIn = async (consents: string) => {
      const { code, stdout, stderr } = await run(
        "bash",
        ["-c", `set -eo pipefail\n. cli/pipelines/sign-in-gitlab.sh\nnode --import tsx --eval '${whoIs}'`],
        {
          cwd: projectFolder,
          env: {
            ...{ PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: ca, ARM_METADATA_HOSTNAME },
            ...{ AZURE_TENANT_ID: ARM_TENANT_ID, AZURE_SUBSCRIPTION_ID: ARM_SUBSCRIPTION_ID, CONSENTS: consents },
            ...{ REGISTRAR_CLIENT_ID: clientIds["registrar-prod"], CONSENTER_CLIENT_ID: clientIds["consenter-prod"] },
            ARM_OIDC_TOKEN: await issuer.token("", "", gitlabClaims(inEnvironment("prod-consent", "other"))),
          },
        },
      );
      expect([code, stderr]).toEqual([0, ""]);
      return stdout.trim().split(" ");
    };
    const registrar = [...azure.azure.tenant.servicePrincipals.values()].find(
      ({ appId }) => appId === clientIds["registrar-prod"],
    );
    expect(await signedIn("true")).toEqual([registrar?.id, clientIds["consenter-prod"]]);
    expect(await signedIn("false")).toEqual([registrar?.id, clientIds["registrar-prod"]]);
  });
});
