import { pipelineRun } from "../../cli/review/pipelineRun";

it.each([
  [
    "GitHub Actions",
    { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "acme/identities", GITHUB_RUN_ID: "17" },
    "https://github.com/acme/identities/actions/runs/17",
  ],
  [
    "Azure Pipelines",
    { SYSTEM_COLLECTIONURI: "https://dev.azure.com/acme/", SYSTEM_TEAMPROJECTID: "5d1c", BUILD_BUILDID: "17" },
    "https://dev.azure.com/acme/5d1c/_build/results?buildId=17",
  ],
  [
    "GitLab CI",
    { CI_PIPELINE_URL: "https://gitlab.com/acme/identities/-/pipelines/17" },
    "https://gitlab.com/acme/identities/-/pipelines/17",
  ],
  ["an unknown environment", { GITHUB_RUN_ID: "17", BUILD_BUILDID: "17" }, undefined],
])("the link from a comment to its run in %s", (_, environment, address) => {
  expect(pipelineRun(environment)).toBe(address);
});
