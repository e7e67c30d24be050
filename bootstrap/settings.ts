import { z } from "zod";
import { azureRegion, githubSubject } from "../packages/validation/formats";
import type { Problem } from "../packages/validation/problems";
import { matching } from "../packages/validation/schemas";
import { type Readable, settingsFile, settingsIn } from "../packages/validation/settings";

const connection = z.strictObject({
  issuer: z.url({ error: "an address, for example https://vstoken.dev.azure.com/<organization id>" }),
  subject: z.string().min(1),
});

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
  settingsIn(
    { config, project, source: settingsFile(`bootstrap/Pulumi.${stack}.yaml`, project) },
    schema,
    contradictions,
  );

const contradictions = (_settings: Readable<typeof schema>, given: readonly string[]): Problem[] =>
  given.includes("githubSubject") || given.includes("azurePipelines")
    ? []
    : [
        {
          path: [],
          text: "githubSubject or azurePipelines is missing: one of them must name the jobs that can sign in",
        },
      ];
