import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createCertificateAuthority } from "@microservice-identities/local-azure/certificateAuthority";
import type { ProvableStack } from "./directory";
import type { ProofOptions } from "./proofOptions";
import type { ProofReport } from "./report";
import { proveInWorkload } from "./workloadProcess";

export type LiveProofOptions = Pick<
  ProofOptions,
  "apiModule" | "authority" | "serviceTokens" | "refusals" | "perSecond" | "patience" | "onProgress"
>;

/**
 * The same proof for a real tenant, from a host with the managed identities of all services. It requests tokens and reads
 * secrets, and writes nothing. The guarded APIs run on loopback.
 *
 * @throws ProofObstructed if it cannot run from this host; Error if the proof fails. Differences from the declaration are in the report, not errors
 */
export async function proveLive(
  { tenantId, cloud, directory }: ProvableStack,
  { onProgress, ...options }: LiveProofOptions,
): Promise<ProofReport> {
  const folder = await mkdtemp(path.join(tmpdir(), "proof-"));
  try {
    const authority = createCertificateAuthority();
    const { NODE_EXTRA_CA_CERTS: trusted } = process.env;
    const caFile = path.join(folder, "ca.pem");
    const others = trusted ? await readFile(trusted, "utf8") : "";
    await writeFile(caFile, [others, authority.certificate].join("\n"));
    const certificate = authority.serverCertificate();
    const observed = await proveInWorkload(
      { ...options, looksFirst: true, directory, tenantId, cloud, certificate },
      { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
      onProgress,
    );
    // Reading the credentials in Entra would need an additional right, so the proof of a real tenant does not check them.
    return { ...observed, credentials: [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
