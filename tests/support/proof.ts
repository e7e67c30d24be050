import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { proveOnLocalAzure } from "@microservice-identities/proof/proveOnLocalAzure";
import type { ProofReport } from "@microservice-identities/proof/report";
import type { ProofProgress } from "@microservice-identities/proof/workloadProcess";

/** The proof with the APIs of our services. */
export const prove = (
  azure: LocalAzure,
  outputs: Parameters<typeof proveOnLocalAzure>[1],
  onProgress?: ProofProgress,
): Promise<ProofReport> =>
  proveOnLocalAzure(azure, outputs, {
    apiModule: require.resolve("@microservice-identities/runtime/samples/provedApi"),
    onProgress,
  });
