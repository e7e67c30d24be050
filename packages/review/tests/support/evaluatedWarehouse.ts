import { copyFile, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";
import { warehouse } from "./warehouse";

export interface Evaluated {
  readonly resources: readonly EvaluatedResource[];
  /** Where `stacks/` declares the landscape, as a team's project does. */
  readonly folder: string;
  dispose(): Promise<void>;
}

/** The warehouse, deployed by the program that teams deploy, in a project with settings of its own. */
export async function evaluatedWarehouse(): Promise<Evaluated> {
  const project = await projectWith({
    dev: {
      location: "westeurope",
      landscape: "warehouse",
      landscapeFile: "warehouse.yaml",
      rotation: { since: "2026-11-01" },
    },
  });
  await writeLandscape(project, "warehouse", { services: warehouse });
  const resources = await evaluateOffline(project, "dev");
  const folder = path.join(project, "declared");
  await mkdir(path.join(folder, "stacks"), { recursive: true });
  await copyFile(path.join(__dirname, "warehouse.ts"), path.join(folder, "stacks", "warehouse.ts"));
  return { resources, folder, dispose: () => rm(project, { recursive: true, force: true }) };
}
