import { writeFile } from "node:fs/promises";
import path from "node:path";
import { ScriptProcess } from "@microservice-identities/engine/scriptProcess";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import type { WorkdayResult } from "@microservice-identities/proof/workdays";
import { stringify } from "yaml";
import { rotationSample } from "./sample";

/**
 * Services that call each other day after day with the secrets they have, in a process of their own: it trusts the local
 * Azure as every Node program can.
 *
 * @param folder for the certificate that it trusts
 * @param overlapDays for which two secrets are valid
 */
export async function startServices(
  azure: LocalAzure,
  folder: string,
  overlapDays: number,
): Promise<ScriptProcess<WorkdayResult>> {
  const caFile = path.join(folder, "ca.pem");
  await writeFile(caFile, azure.caCertificate);
  // A service keeps a secret for less than the overlap, and so does not notice a rotation.
  const keepDays = Math.max(1, overlapDays - 1);
  return new ScriptProcess(require.resolve("@microservice-identities/proof/workdays"), {
    args: [String(keepDays)],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...azure.workloadHost(), NODE_EXTRA_CA_CERTS: caFile },
  });
}

/** The landscape whose year is played. @returns its file */
export async function writeServices(folder: string): Promise<string> {
  const file = path.join(folder, "landscape.yaml");
  await writeFile(file, stringify(rotationSample));
  return file;
}
