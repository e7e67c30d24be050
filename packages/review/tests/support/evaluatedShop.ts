import { copyFile, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";
import { shop } from "@microservice-identities/test-support/shopProject/stacks/shop";

export interface Evaluated {
  readonly resources: readonly EvaluatedResource[];
  /** A project that declares the landscape in `stacks/`, like a team's project. */
  readonly folder: string;
  dispose(): Promise<void>;
}

/** Evaluates the shop with the program that teams deploy, in a project with its own settings. */
export async function evaluatedShop(): Promise<Evaluated> {
  const project = await projectWith({
    dev: {
      location: "westeurope",
      landscape: "shop",
      landscapeFile: "shop.yaml",
      rotation: { since: "2026-11-01" },
    },
  });
  await writeLandscape(project, "shop", shop);
  const resources = await evaluateOffline(project, "dev");
  const folder = path.join(project, "declared");
  await mkdir(path.join(folder, "stacks"), { recursive: true });
  await copyFile(
    path.join(projectFolder, "tests/support/shopProject/stacks/shop.ts"),
    path.join(folder, "stacks", "shop.ts"),
  );
  return { resources, folder, dispose: () => rm(project, { recursive: true, force: true }) };
}
