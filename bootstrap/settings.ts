import { z } from "zod";
import { azureRegion, githubSubject } from "../packages/validation/formats";
import { matching } from "../packages/validation/schemas";
import { settingsIn } from "../packages/validation/settings";

const connection = z.strictObject({ issuer: z.url(), subject: z.string().min(1) });

const schema = z.strictObject({
  /** The Azure region of the identities. */
  location: matching(azureRegion),
  /** What the subjects of a GitHub repository's tokens begin with: `repo:acme/shop`. */
  githubSubject: matching(githubSubject).optional(),
  /** The issuer and subject of each service connection of Azure Pipelines, as it shows them. */
  azurePipelines: z
    .strictObject({ registrar: connection, consenter: connection, previewer: connection.optional() })
    .optional(),
  /** Pull requests are previewed against this environment. */
  previewsPullRequests: z.boolean().optional(),
});

export type Settings = z.output<typeof schema>;

/** @throws SettingsError that lists every problem with its key */
export const readSettings = (config: Readonly<Record<string, string>>, project: string, stack: string): Settings =>
  settingsIn({ config, project, file: `bootstrap/Pulumi.${stack}.yaml` }, schema, contradictions);

const contradictions = (settings: Settings): string[] =>
  settings.githubSubject || settings.azurePipelines
    ? []
    : ["githubSubject is missing; allowed: it, or azurePipelines, to say who may sign in"];
