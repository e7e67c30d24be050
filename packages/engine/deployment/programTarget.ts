import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { rootCertificates } from "node:tls";
import type { TargetAzure } from "./targetAzure";

/**
 * A program may itself ask the Azure that it is deployed to, for example whether a new secret works. It finds it as the providers
 * do, by `ARM_METADATA_HOSTNAME`, and trusts its certificate.
 */
export type ProgramTarget = Pick<TargetAzure, "caCertificate" | "deployer">;

/** For a program in this process. @returns a function that undoes it */
export function targetHere({ caCertificate, deployer }: ProgramTarget): () => void {
  const { options } = https.globalAgent;
  const [ca, host] = [options.ca, process.env.ARM_METADATA_HOSTNAME];
  options.ca = [...rootCertificates, caCertificate];
  process.env.ARM_METADATA_HOSTNAME = deployer.ARM_METADATA_HOSTNAME;
  return () => {
    // An option of the agent replaces that of a request, even if it is undefined.
    if (ca === undefined) delete options.ca;
    else options.ca = ca;
    if (host === undefined) delete process.env.ARM_METADATA_HOSTNAME;
    else process.env.ARM_METADATA_HOSTNAME = host;
  };
}

/** The environment variables of a program in a process of its own. @returns them, and what removes their file */
export async function targetElsewhere({ caCertificate, deployer }: ProgramTarget) {
  const folder = await mkdtemp(path.join(tmpdir(), "program-"));
  const file = path.join(folder, "ca.pem");
  const { NODE_EXTRA_CA_CERTS: others } = process.env;
  await writeFile(file, `${others ? `${await readFile(others, "utf8").catch(() => "")}\n` : ""}${caCertificate}`);
  return {
    env: { ARM_METADATA_HOSTNAME: deployer.ARM_METADATA_HOSTNAME, NODE_EXTRA_CA_CERTS: file },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
