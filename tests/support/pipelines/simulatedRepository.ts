import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { projectFolder } from "../processes";
import { type Files, type GitOrigin, originOf } from "./gitOrigin";
import { SimulatedGitHub, type SimulatedGitHubOptions } from "./simulatedGitHub";

const repositories: { close(): Promise<void> }[] = [];

/** Stops everything that the tests of a file have started: for `afterEach` or `afterAll`. */
export async function closeRepositories(): Promise<void> {
  await Promise.all(repositories.splice(0).map((each) => each.close()));
}

/**
 * A repository of a simulated GitHub.
 *
 * @param files its files on `main`, by path. Default: those of {@link pipelineFiles}
 */
export async function simulatedRepository(
  options: Omit<SimulatedGitHubOptions, "origin">,
  files?: Files,
): Promise<{ github: SimulatedGitHub; origin: GitOrigin }> {
  const origin = await originOf(files ?? (await pipelineFiles()));
  const github = await SimulatedGitHub.start({ ...options, origin });
  repositories.push(github, origin);
  return { github, origin };
}

/** The files, by the names that tests use to change them. */
const workflows = {
  ...Object.fromEntries(
    ["audit", "daily", "deploy-environment", "deploy", "pull-request"].map((name) => [
      `${name}.yml`,
      `.github/workflows/${name}.yml`,
    ]),
  ),
  ...Object.fromEntries(
    ["audit", "common", "daily", "deployment", "environment", "merge-request"].map((name) => [
      `gitlab/${name}.yml`,
      `gitlab/${name}.yml`,
    ]),
  ),
  ".gitlab-ci.yml": ".gitlab-ci.yml",
};

/**
 * The workflows of this project with their scripts, without a program to deploy.
 *
 * @param change functions that change a workflow's text, by its file
 */
export async function pipelineFiles(
  change: Readonly<Record<string, (text: string) => string>> = {},
): Promise<Record<string, string>> {
  const files: Record<string, string> = { "package.json": "{}" };
  for (const [workflow, file] of Object.entries(workflows)) {
    const text = await readFile(path.join(projectFolder, file), "utf8");
    const changed = change[workflow]?.(text) ?? text;
    if (change[workflow] && changed === text) throw new Error(`${workflow}: the change changes nothing`);
    files[file] = changed;
  }
  const scripts = await readdir(path.join(projectFolder, "cli/pipelines"));
  for (const script of scripts.filter((file) => file.endsWith(".sh"))) {
    const file = `cli/pipelines/${script}`;
    files[file] = await readFile(path.join(projectFolder, file), "utf8");
  }
  files["cli/pipelines/install-pulumi.sh"] = installsNothing;
  return files;
}

/** Replaces the script that downloads the CLI, because the test replaces the CLI. */
const installsNothing = '#!/bin/sh\necho "$HOME/.pulumi/bin"\n';
