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
/** The issuer of Azure DevOps' tokens until July 2027. From then on the issuer is Entra. */
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
    // A GitHub repository from before July 2026, and Azure DevOps with its own issuer.
    dev: {
      previewsPullRequests: true,
      ...connections(vstoken, vstokenSubject, "dev", "registrar", "consenter", "previewer"),
      gitlab: { project: "project_path:acme/shop", tier: "development" },
    },
    // A newer repository, whose subjects contain the ids of owner and repository, and Azure DevOps with Entra as the issuer.
    prod: {
      githubSubject: "repo:acme@11/shop@22",
      ...connections(entra, entraSubject, "prod", "registrar", "consenter"),
      // The same issuer as the one for dev: a slash at the end of the address makes no difference.
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

/** Tries to sign in as each identity. @returns the identities for which it succeeds, and the error numbers for the others */
async function signIns(issuer: string, claims: Record<string, unknown>) {
  const simulated = await azure.azure.clusterIssuer(issuer);
  const assertion = await simulated.token("", "", claims);
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
    // Jobs that docs/environments.md declares.
    ["that deploys dev", { ...older, environment: "dev" }, ["registrar-dev"]],
    ["that deploys dev with consent", { ...older, environment: "dev-consent" }, ["consenter-dev", "registrar-dev"]],
    ["of dev's daily run", { ...older, ...daily, environment: "dev-daily" }, ["registrar-dev"]],
    ["of a pull request", { ...older, ...pull }, ["previewer-dev"]],
    ["that deploys prod", { ...newer, environment: "prod" }, ["registrar-prod"]],
    ["that deploys prod with consent", { ...newer, environment: "prod-consent" }, ["consenter-prod", "registrar-prod"]],
    ["of prod's daily run", { ...newer, ...daily, environment: "prod-daily" }, ["registrar-prod"]],
    // All other jobs.
    ["without an environment, on main", older, []],
    ["without an environment, on another branch", { ...older, ref: "refs/heads/change" }, []],
    ["without an environment, on a tag", { ...older, ref: "refs/tags/environment:dev" }, []],
    ["of another workflow, without an environment", { ...older, workflow: "evil.yml", jobWorkflow: "evil.yml" }, []],
    ["in an environment with another name", { ...older, environment: "development" }, []],
    ["in an environment whose name differs only in case", { ...older, environment: "Dev" }, []],
    ["in an environment whose name ends like the trusted subject", { ...older, environment: "x:environment:dev" }, []],
    ["in the environment of a stack that trusts no jobs yet", { ...older, environment: "staging" }, []],
    ["of a pull request, in an unprotected environment", { ...older, ...pull, environment: "preview" }, []],
    ["of a fork, in the fork's own environment", { ...older, repository: "mallory/shop", environment: "dev" }, []],
    ["of a fork's pull request to itself", { ...older, ...pull, repository: "mallory/shop" }, []],
    ["of the repository under another name", { ...older, repository: "acme/store", environment: "dev" }, []],
    ["of the repository with another owner", { ...older, repository: "globex/shop", environment: "dev" }, []],
    ["of the repository, after its subjects have changed to contain ids", { ...newer, environment: "dev" }, []],
    ["of a repository whose ids are trusted, with a subject without ids", { ...older, environment: "prod" }, []],
    [
      "of a new repository with the trusted name",
      { ...newer, ids: { owner: 11, repository: 23 }, environment: "prod" },
      [],
    ],
    ["of a new owner with the trusted name", { ...newer, ids: { owner: 12, repository: 22 }, environment: "prod" }, []],
    ["of the trusted repository under another name", { ...newer, repository: "acme/store", environment: "prod" }, []],
    ["of a pull request of a repository that only prod trusts", { ...newer, ...pull }, []],
  ])("%s can sign in only as the declared identities", async (_, job, declared) => {
    const { as, refusals } = await signIns(githubIssuer, idTokenClaims(job));
    expect(as).toEqual([...declared].sort());
    expect(refusals).toEqual([otherSubject]);
  });

  it.each<[string, string, Record<string, unknown>, number[]]>([
    ["for another audience", githubIssuer, { aud: "https://github.com/acme" }, [700212, otherSubject]],
    ["that has expired", githubIssuer, { exp: Math.floor(Date.now() / 1000) - 600 }, [700024, otherSubject]],
    ["from somebody else's GitHub server", "https://github.acme.example/_services/token", {}, [700211]],
    ["from Azure DevOps with the subject of a GitHub job", vstoken, {}, [700211, otherSubject]],
  ])("cannot sign in with a token %s", async (_, issuer, changes, codes) => {
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
    ["with another name", vstoken, vstokenSubject("registrar"), []],
    ["of another project", vstoken, "sc://acme/store/registrar-dev", []],
    [
      "of another organization",
      `https://vstoken.dev.azure.com/${organization.replace("7", "8")}`,
      vstokenSubject("registrar-dev"),
      [],
    ],
    ["registrar-dev, after its issuer has changed to Entra", entra, vstokenSubject("registrar-dev"), []],
    ["of another tenant", entra.replace("6", "7"), entraSubject("registrar-prod"), []],
  ])("%s can sign in only as the declared identities", async (_, issuer, sub, declared) => {
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
  /** The error for the previewer, which does not trust GitLab. */
  const noTrust = 700211;
  it.each<[string, GitLabTokenSubject, string[]]>([
    // Jobs that docs/environments.md declares. GitLab's subject contains the environment's tier instead of its name,
    // so the stacks cannot distinguish their jobs with consent and their daily runs.
    ["that deploys dev", inEnvironment("dev", "development"), ["registrar-dev"]],
    ["that deploys prod", inEnvironment("prod", "production"), ["registrar-prod"]],
    ["that deploys dev with consent", inEnvironment("dev-consent", "other"), everybody],
    ["that deploys prod with consent", inEnvironment("prod-consent", "other"), everybody],
    ["of dev's daily run", inEnvironment("dev-daily", "testing"), ["registrar-dev", "registrar-prod"]],
    // All other jobs.
    ["without an environment, on main", main, []],
    ["in the environment of a stack that trusts no jobs yet", inEnvironment("staging", "staging"), []],
    ["in an unprotected environment", inEnvironment("prod", "production", false), []],
    ["in an unprotected consent environment", inEnvironment("x", "other", false), []],
    ["on another branch", { ...inEnvironment("prod", "production"), ref: "change" }, []],
    ["on a branch whose name ends with main", { ...inEnvironment("prod", "production"), ref: "x/main" }, []],
    ["on a tag named main", { ...inEnvironment("prod", "production"), refType: "tag" }, []],
    ["of a merge request", { ...main, ref: "change" }, []],
    [
      "of a fork, in an environment with the same name",
      { ...inEnvironment("prod", "production"), project: "mallory/shop" },
      [],
    ],
    [
      "of a project with the same name in a subgroup",
      { ...inEnvironment("prod", "production"), project: "acme/x/shop" },
      [],
    ],
    ["of the project under another name", { ...inEnvironment("prod", "production"), project: "acme/store" }, []],
  ])("%s can sign in only as the declared identities", async (_, job, declared) => {
    expect(await signIns(gitlab, gitlabClaims(job))).toEqual({
      as: declared,
      refusals: [noTrust, ...(declared === everybody ? [] : [otherSubject])],
    });
  });

  it.each<[string, string, Record<string, unknown>, number[]]>([
    ["for GitLab's own audience", gitlab, { aud: "https://gitlab.com" }, [noTrust, 700212]],
    ["that has expired", gitlab, { exp: Math.floor(Date.now() / 1000) - 600 }, [700024, noTrust]],
    ["from somebody else's GitLab server", "https://gitlab.acme.example", {}, [700211]],
    [
      "whose subject has GitLab's default format",
      gitlab,
      { sub: "project_path:acme/shop:ref_type:branch:ref:main" },
      [noTrust, otherSubject],
    ],
  ])("cannot sign in with a token %s", async (_, issuer, changes, codes) => {
    const claims = gitlabClaims(inEnvironment("prod-consent", "other"));
    expect(await signIns(issuer, { ...claims, ...changes })).toEqual({ as: [], refusals: codes });
  });

  it("lets the commands sign in as the registrar, and in a deployment with consent the providers as the consenter", async () => {
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
