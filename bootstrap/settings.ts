import { z } from "zod";
import { identityNameOf, impossibleNames, type PlannedName } from "../components/resourceNames";
import { alike } from "../packages/validation/alike";
import {
  authority,
  azureRegion,
  credentialName,
  githubSubject,
  gitlabProject,
  identityName,
  resourceGroupName,
} from "../packages/validation/formats";
import type { Problem } from "../packages/validation/problems";
import { matching } from "../packages/validation/schemas";
import { type Readable, settingProblem, settingsFile, settingsIn } from "../packages/validation/settings";
import { cloudNames, gitlabIssuer } from "../packages/well-known/clouds";

/** The deployment tiers of GitLab, without those of the daily run and of consent. */
const everydayTiers = ["production", "staging", "development"] as const;

const connection = z.strictObject({
  issuer: z.url({ error: "an address, for example https://vstoken.dev.azure.com/<organization id>" }),
  subject: z.string().min(1),
});

const schema = z.strictObject({
  /** The Azure region of the identities. */
  location: matching(azureRegion),
  /** The cloud of the tenant and the subscription. Default: public. */
  cloud: z.enum(cloudNames).default("public"),
  /** The beginning of the subjects of a GitHub repository's tokens, for example `repo:acme/shop`. */
  githubSubject: matching(githubSubject).optional(),
  /** The issuer and subject of each service connection, as Azure Pipelines shows them. */
  azurePipelines: z
    .strictObject({
      ...{ registrar: connection, consenter: connection },
      ...{ previewer: connection.optional(), auditor: connection.optional() },
    })
    .optional(),
  /** The project on GitLab, and the deployment tier of the environment that has the stack's name. */
  gitlab: z
    .strictObject({
      /** The instance. Default: https://gitlab.com */
      issuer: matching(authority).default(gitlabIssuer),
      /** The beginning of the subjects of the project's tokens, for example `project_path:acme/shop`. */
      project: matching(gitlabProject),
      tier: z.enum(everydayTiers),
    })
    .optional(),
  /** Whether the vaults have private endpoints, diagnostic settings or alarms: the registrar gets the actions for them. */
  landingZone: z.boolean().optional(),
  /** Whether the vaults use Azure RBAC: defines the role of their readers, which the registrar can then assign. */
  rbacVaults: z.boolean().optional(),
  /**
   * Whether the consenter can grant no permission of the APIs of Microsoft that `packages/well-known/data` lists, by a directory role and an app consent
   * policy. It needs a licence of Entra ID P1, and `npm run consent-policy` before the first deployment.
   */
  boundedConsenter: z.boolean().optional(),
  /** Whether services have a `workloadDeployer`: the registrar can then assign the role Managed Identity Operator. */
  workloadDeployers: z.boolean().optional(),
  /** Whether pull requests are previewed against this environment. */
  previewsPullRequests: z.boolean().optional(),
  /** Whether a job audits the environment, as an identity that can only read. */
  auditor: z.boolean().optional(),
});

export type Settings = z.output<typeof schema>;

/** @throws SettingsError with all problems, each with its key */
export const readSettings = (config: Readonly<Record<string, string>>, project: string, stack: string): Settings =>
  settingsIn(
    { config, project, source: settingsFile(`bootstrap/Pulumi.${stack}.yaml`, project) },
    schema,
    (settings, given) => contradictions(settings, given, stack),
  );

function contradictions(
  { azurePipelines }: Readable<typeof schema>,
  given: readonly string[],
  stack: string,
): Problem[] {
  return [
    ...(["githubSubject", "azurePipelines", "gitlab"].some((key) => given.includes(key))
      ? []
      : [
          {
            path: [],
            text: "githubSubject, azurePipelines or gitlab is missing: one of them must name the jobs that can sign in",
          },
        ]),
    ...alike(Object.entries(azurePipelines ?? {}), ([, { issuer, subject }]) => `${issuer} ${subject}`).map(
      ([[name], [other]]) =>
        settingProblem(
          ["azurePipelines", name],
          `and azurePipelines.${other} are the same service connection; each identity needs one of its own, because everybody who can use it can sign in as the identity`,
        ),
    ),
    ...impossibleNames([
      ["the resource group", pipelinesGroup(stack), resourceGroupName],
      ...["registrar", "consenter", "previewer", "auditor"].map(
        (role): PlannedName => [`the ${role}`, identityNameOf(role, stack), identityName],
      ),
      // The longest name among the credentials of a stack.
      ["a credential of the registrar", githubCredentialName(`${stack}-consent`), credentialName],
    ]).map((problem) => ({ path: [], text: `the name of the stack: ${problem}` })),
  ];
}

export const pipelinesGroup = (stack: string): string => `rg-pipelines-${stack}`;
export const githubCredentialName = (environment: string): string => `github-${environment}`;
