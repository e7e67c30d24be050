/** Where a job of GitLab CI runs. */
export interface GitLabTokenSubject {
  /** `group/project`. For a merge request from a fork, it is the fork. */
  readonly project: string;
  /** A branch's or tag's short name. */
  readonly ref: string;
  readonly refType?: "branch" | "tag";
  readonly environment?: { readonly name: string; readonly tier: string; readonly isProtected: boolean };
}

/** The parts of the subject that docs/environments.md configures. GitLab leaves out parts for which the job has no value. */
const components = ["project_path", "ref_type", "ref", "environment_protected", "deployment_tier"];

/** The claims of a job's token. https://docs.gitlab.com/ci/secrets/id_token_authentication/ */
export function gitlabClaims({ project, ref, refType = "branch", environment }: GitLabTokenSubject) {
  const claims: Record<string, string> = {
    project_path: project,
    namespace_path: project.slice(0, project.lastIndexOf("/")),
    ref_type: refType,
    ref,
    ...(environment
      ? {
          environment: environment.name,
          environment_protected: `${environment.isProtected}`,
          deployment_tier: environment.tier,
        }
      : {}),
  };
  const sub = components.flatMap((name) => (claims[name] === undefined ? [] : [`${name}:${claims[name]}`])).join(":");
  return { ...claims, sub };
}
