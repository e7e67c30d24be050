import { z } from "zod";
import { settingsIn } from "../packages/validation/settings";

const connection = z.strictObject({ issuer: z.url(), subject: z.string().min(1) });

const schema = z.strictObject({
  /** The Azure region of the identities. */
  location: z.string().min(1),
  /** What the subjects of a GitHub repository's tokens begin with: `repo:acme/shop`. */
  githubSubject: z
    .string()
    .regex(/^repo:[\w.@-]+\/[\w.@-]+$/, {
      error: "repo:<owner>/<repository>, as the subject of the repository's tokens begins",
    })
    .optional(),
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
  settingsIn({ config, project, file: `bootstrap/Pulumi.${stack}.yaml` }, schema, nobody);

const nobody = ({ githubSubject, azurePipelines }: Settings): string[] =>
  githubSubject || azurePipelines
    ? []
    : ["githubSubject is missing; allowed: it, or azurePipelines, to say who may sign in"];
