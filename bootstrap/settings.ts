import { z } from "zod";
import { azureRegion, githubSubject } from "../packages/validation/formats";
import { matching } from "../packages/validation/schemas";
import { settingsIn } from "../packages/validation/settings";

const connection = z.strictObject({ issuer: z.url(), subject: z.string().min(1) });

const schema = z.strictObject({
  /** The Azure region of the identities. */
  location: matching(azureRegion),
  /** The beginning of the subjects of a GitHub repository's tokens, for example `repo:acme/shop`. */
  githubSubject: matching(githubSubject).optional(),
  /** The issuer and subject of each service connection, as Azure Pipelines shows them. */
  azurePipelines: z
    .strictObject({ registrar: connection, consenter: connection, previewer: connection.optional() })
    .optional(),
  /** Whether pull requests are previewed against this environment. */
  previewsPullRequests: z.boolean().optional(),
});

export type Settings = z.output<typeof schema>;

/** @throws SettingsError with all problems, each with its key */
export const readSettings = (config: Readonly<Record<string, string>>, project: string, stack: string): Settings =>
  settingsIn({ config, project, file: `bootstrap/Pulumi.${stack}.yaml` }, schema, contradictions);

const contradictions = (settings: Settings): string[] =>
  settings.githubSubject || settings.azurePipelines
    ? []
    : ["githubSubject or azurePipelines is missing: one of them must name the jobs that can sign in"];
