import { writeFile } from "node:fs/promises";
import path from "node:path";
import { ScriptProcess } from "@microservice-identities/engine/scriptProcess";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import type { WorkdayResult } from "@microservice-identities/proof/workdays";
import { stringify } from "yaml";
import { rotationSample } from "./sample";

/**
 * Starts services that call each other every day with the secrets that they have cached. They run in a separate process,
 * because a Node process can trust the local Azure's certificate only from its start.
 *
 * @param folder for the certificate
 * @param overlapDays days for which two secrets are valid
 */
export async function startServices(
  azure: LocalAzure,
  folder: string,
  overlapDays: number,
): Promise<ScriptProcess<WorkdayResult>> {
  const caFile = path.join(folder, "ca.pem");
  await writeFile(caFile, azure.caCertificate);
  // A service caches a secret for less than the overlap, so it does not notice a rotation.
  const keepDays = Math.max(1, overlapDays - 1);
  return new ScriptProcess(require.resolve("@microservice-identities/proof/workdays"), {
    args: [String(keepDays)],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...azure.workloadHost(), NODE_EXTRA_CA_CERTS: caFile },
  });
}

/** Writes the simulated landscape. @returns its file */
export async function writeServices(folder: string): Promise<string> {
  const file = path.join(folder, "landscape.yaml");
  await writeFile(file, stringify(rotationSample));
  return file;
}
