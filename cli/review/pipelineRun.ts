/**
 * The address of the pipeline run that this process belongs to, where the whole review is an artifact.
 *
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 * https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
 * https://docs.gitlab.com/ci/variables/predefined_variables/
 *
 * @returns nothing outside of GitHub Actions, Azure Pipelines and GitLab CI
 */
export function pipelineRun(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = environment;
  if (GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_RUN_ID)
    return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
  const { SYSTEM_COLLECTIONURI, SYSTEM_TEAMPROJECTID, BUILD_BUILDID } = environment;
  if (SYSTEM_COLLECTIONURI && SYSTEM_TEAMPROJECTID && BUILD_BUILDID)
    return `${SYSTEM_COLLECTIONURI.replace(/\/$/, "")}/${SYSTEM_TEAMPROJECTID}/_build/results?buildId=${BUILD_BUILDID}`;
  return environment.CI_PIPELINE_URL;
}
