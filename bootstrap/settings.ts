import { z } from "zod";
import { describeIssue } from "../components/rules";
import { UserError } from "../components/validation";

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
  previewsPullRequests: z.literal("true").optional(),
});

export type Settings = z.output<typeof schema>;

/** @throws UserError that lists every problem with its key */
export function readSettings(config: Readonly<Record<string, string>>, project: string, stack: string): Settings {
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${project}:`));
  const raw = Object.fromEntries(
    own.map(([key, value]) => [key.slice(project.length + 1), value.startsWith("{") ? JSON.parse(value) : value]),
  );
  const parsed = schema.safeParse(raw, { reportInput: true });
  const problems = parsed.success
    ? nobody(parsed.data)
    : parsed.error.issues.flatMap((issue) =>
        describeIssue(issue, `is no setting; allowed: ${Object.keys(schema.shape).join(", ")}`),
      );
  if (problems.length === 0) return parsed.data as Settings;
  throw new UserError(
    [`bootstrap/Pulumi.${stack}.yaml:`, ...problems.map((problem) => `  ${project}:${problem}`)].join("\n"),
  );
}

const nobody = ({ githubSubject, azurePipelines }: Settings): string[] =>
  githubSubject || azurePipelines
    ? []
    : ["githubSubject is missing; allowed: it, or azurePipelines, to say who may sign in"];
