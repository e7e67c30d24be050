import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type GitOrigin, git } from "./gitOrigin";
import type { ActionEffect } from "./jobRunner";
import type { SimulatedGitHub } from "./simulatedGitHub";
import type { StartedJob } from "./workflowRun";

/** The effects of the actions in our workflows. An action that is missing here fails its job. */
export function githubActions(
  github: SimulatedGitHub,
  origin: GitOrigin,
  job: StartedJob,
): Readonly<Record<string, ActionEffect>> {
  // Each run has its own artifacts.
  const artifacts = github.artifactsOf((job.contexts.github as { run_id: string }).run_id);
  return {
    "actions/checkout": checkout(origin, job),
    // The machine has only one version of Node.js.
    "actions/setup-node": async () => undefined,
    "actions/upload-artifact": async ({ inputs: { name = "", path: what = "" }, workspace }) => {
      if (artifacts.has(name)) throw new Error(`an artifact with the name ${name} already exists`);
      artifacts.set(name, await filesOf(path.join(workspace, what)));
      return undefined;
    },
    "actions/download-artifact": async ({ inputs: { name = "", path: where = "" }, workspace }) => {
      const files = artifacts.get(name);
      if (!files) throw new Error(`there is no artifact with the name ${name}`);
      const folder = path.join(workspace, where);
      await mkdir(folder, { recursive: true });
      for (const [file, text] of files) await writeFile(path.join(folder, file), text);
      return undefined;
    },
    "github/codeql-action/upload-sarif": async ({ inputs, workspace }) => {
      if (job.permissions["security-events"] !== "write")
        throw new Error("Resource not accessible by integration: security-events");
      await github.keepSarif(path.join(workspace, inputs.sarif_file ?? ""), inputs.category ?? "");
      return undefined;
    },
  };
}

const branches = "+refs/heads/*:refs/remotes/origin/*";
const inputsOfCheckout = ["ref", "fetch-depth", "persist-credentials", "path"];

function checkout(origin: GitOrigin, { contexts, permissions }: StartedJob): ActionEffect {
  return async ({ inputs, workspace: root, log }) => {
    const unknown = Object.keys(inputs).filter((name) => !inputsOfCheckout.includes(name));
    if (unknown.length > 0) throw new Error(`checkout: the input ${unknown.join(", ")} is not supported`);
    const { ref, sha } = contexts.github as { ref: string; sha: string };
    const wanted = inputs.ref || ref;
    const workspace = path.join(root, inputs.path ?? "");
    await mkdir(workspace, { recursive: true });
    await git(workspace, "init", "--quiet", "--initial-branch=unborn");
    // The token for `git push` is kept only on request, and can write only if the job can.
    const mayPush = (inputs["persist-credentials"] ?? "true") === "true" && permissions.contents === "write";
    const pushTo = mayPush ? origin.bare : "/no/credentials/for/origin.git";
    await appendFile(
      path.join(workspace, ".git/config"),
      `[remote "origin"]\n\turl = ${origin.bare}\n\tpushurl = ${pushTo}\n\tfetch = ${branches}\n`,
    );
    const everything = [branches, "+refs/tags/*:refs/tags/*"];
    const depth = Number(inputs["fetch-depth"] ?? "1");
    const commit = inputs.ref ? wanted : sha;
    const fetched = depth === 0 ? [...everything, `+${commit}:refs/checkout`] : [`+${commit}:refs/checkout`];
    const shallow = depth === 0 ? [] : [`--depth=${depth}`];
    await git(workspace, "fetch", "--quiet", "--no-tags", ...shallow, `file://${origin.bare}`, ...fetched);
    await git(workspace, "checkout", "--quiet", "--detach", "refs/checkout");
    log(`HEAD is at ${await readFile(path.join(workspace, ".git/HEAD"), "utf8")}`);
    return undefined;
  };
}

async function filesOf(place: string): Promise<Map<string, string>> {
  const names = await readdir(place).catch(() => undefined);
  const files = names ? names.map((name) => path.join(place, name)) : [place];
  return new Map(
    await Promise.all(files.map(async (file) => [path.basename(file), await readFile(file, "utf8")] as const)),
  );
}
