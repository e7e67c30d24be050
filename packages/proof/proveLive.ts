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
 * The same proof against a tenant that is there, from a host that all the services' managed identities are assigned to. It
 * asks for tokens and reads secrets, and writes nothing. The guarded APIs stand on loopback.
 *
 * @throws ProofObstructed when it cannot look from here; Error when the proof could not be carried out; that something is not as declared is in the report
 */
export async function proveLive(
  { tenantId, directory }: ProvableStack,
  { onProgress, ...options }: LiveProofOptions,
): Promise<ProofReport> {
  const folder = await mkdtemp(path.join(tmpdir(), "proof-"));
  try {
    const authority = await createCertificateAuthority();
    const { NODE_EXTRA_CA_CERTS: trusted } = process.env;
    const caFile = path.join(folder, "ca.pem");
    const others = trusted ? await readFile(trusted, "utf8") : "";
    await writeFile(caFile, [others, authority.certificate].join("\n"));
    const certificate = await authority.serverCertificate();
    const observed = await proveInWorkload(
      { ...options, looksFirst: true, directory, tenantId, certificate },
      { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
      onProgress,
    );
    // What Entra holds of credentials takes a right to read that a verification has no other use for.
    return { ...observed, credentials: [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
