import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { AzureClient } from "@microservice-identities/engine/deployment/azureClient";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { auditCredentials, type HeldCredential } from "./credentialAudit";
import { type Directory, oneDirectory } from "./directory";
import type { ProofOptions } from "./proofOptions";
import type { ProofReport } from "./report";
import { type ProofProgress, proveInWorkload } from "./workloadProcess";

/**
 * Runs the proof in a separate process, as services run. Node's own environment variable makes it trust the local Azure, so the
 * clients in it need no change.
 *
 * @param outputs the stack's outputs, or those of several stacks that call each other
 * @throws Error when the proof could not be carried out; that something is not as declared is in the report
 */
export async function proveOnLocalAzure(
  azure: LocalAzure,
  outputs: Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[],
  {
    apiModule,
    refusals,
    onProgress,
  }: Pick<ProofOptions, "apiModule" | "refusals"> & { readonly onProgress?: ProofProgress },
): Promise<ProofReport> {
  const { tenantId, cloud, directory } = oneDirectory([outputs].flat());
  const folder = await mkdtemp(path.join(tmpdir(), "proof-"));
  try {
    const caFile = path.join(folder, "ca.pem");
    await writeFile(caFile, azure.caCertificate);
    const options: ProofOptions = {
      apiModule,
      directory,
      tenantId,
      cloud,
      authority: azure.authority,
      certificate: await azure.serverCertificate(),
      // A replica that lags behind lags equally for new grants and for new credentials.
      patience: 3 * azure.faults.longestLagSeconds,
      serviceTokens: await serviceTokens(azure, directory),
      refusals,
    };
    // The machine's own Azure variables must not reach these clients.
    const { PATH, HOME } = process.env;
    const environment = { PATH, HOME, ...azure.workloadHost(), NODE_EXTRA_CA_CERTS: caFile };
    const observed = await proveInWorkload(options, environment, onProgress);
    return { ...observed, credentials: auditCredentials(directory, await heldCredentials(azure, directory)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tokens as from the clusters whose issuers the local Azure simulates. */
async function serviceTokens(azure: LocalAzure, directory: Directory): Promise<Record<string, string>> {
  const tokens = Object.entries(directory).flatMap(([name, { workload }]) =>
    (workload?.kubernetes ?? []).slice(0, 1).map(async ({ issuer, namespace, serviceAccount }) => {
      const cluster = await azure.clusterIssuer(issuer);
      return [name, await cluster.token(namespace, serviceAccount)] as const;
    }),
  );
  return Object.fromEntries(await Promise.all(tokens));
}

/** By client id. The deployer reads them, because a service is not allowed to. */
async function heldCredentials(
  azure: LocalAzure,
  directory: Directory,
): Promise<Record<string, readonly HeldCredential[]>> {
  const client = new AzureClient(azure);
  try {
    const entries = Object.values(directory).map(async ({ clientId }) => {
      const filter = encodeURIComponent(`appId eq '${clientId}'`);
      const { value } = await client.graph("GET", `/v1.0/applications?$filter=${filter}`);
      const [application] = value as { passwordCredentials: HeldCredential[]; keyCredentials: HeldCredential[] }[];
      return [clientId, [...(application?.passwordCredentials ?? []), ...(application?.keyCredentials ?? [])]] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  } finally {
    await client.close();
  }
}
