/** The place of a job at GitHub. */
export interface TokenSubject {
  /** `owner/name`. */
  readonly repository: string;
  /** The ids of the owner and the repository, which GitHub puts into the subjects of newer repositories. */
  readonly ids?: { readonly owner: number; readonly repository: number };
  readonly ref: string;
  readonly eventName: string;
  readonly environment?: string;
  /** The file of the started workflow, and of the workflow that contains the job. */
  readonly workflow: string;
  readonly jobWorkflow: string;
}

export const githubIssuer = "https://token.actions.githubusercontent.com";

/**
 * The claims of a job's token. An environment hides the branch, and a pull request too.
 * https://docs.github.com/actions/reference/security/oidc
 */
export function idTokenClaims(job: TokenSubject): Record<string, unknown> {
  const { repository, ids, ref, eventName, environment, workflow, jobWorkflow } = job;
  const [owner, name] = repository.split("/");
  const named = ids ? `${owner}@${ids.owner}/${name}@${ids.repository}` : repository;
  const place =
    environment !== undefined
      ? `environment:${environment.replaceAll(":", "%3A")}`
      : eventName === "pull_request"
        ? "pull_request"
        : `ref:${ref}`;
  return {
    sub: `repo:${named}:${place}`,
    repository,
    repository_owner: owner,
    ...(ids ? { repository_id: `${ids.repository}`, repository_owner_id: `${ids.owner}` } : {}),
    ref,
    event_name: eventName,
    ...(environment === undefined ? {} : { environment }),
    workflow_ref: `${repository}/.github/workflows/${workflow}@${ref}`,
    job_workflow_ref: `${repository}/.github/workflows/${jobWorkflow}@${ref}`,
  };
}
