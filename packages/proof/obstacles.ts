import type { Cloud } from "@microservice-identities/well-known/clouds";
import { inParallel } from "./inParallel";
import type { ProvedService } from "./provedService";
import { tokenRefusal } from "./tokenRefusal";
import { vaultReading } from "./vaultReading";
import { within } from "./within";

/** The proof cannot run from this host, so it shows nothing about the landscape. */
export class ProofObstructed extends Error {
  constructor(readonly obstacles: readonly string[]) {
    super(`the proof cannot run from here:\n${obstacles.map((each) => `  ${each}`).join("\n")}`);
  }
}

/**
 * Why the proof cannot run from this host, with a sentence for each service: its identity returns no token here, or its vault's
 * network refuses this host. A refusal by Entra or by the vault's permissions is not an obstacle, but a result of the proof.
 */
export async function obstaclesTo(services: readonly ProvedService[], cloud: Cloud): Promise<string[]> {
  const found = await inParallel(services, (service) => obstacleOf(service, cloud));
  return found.flatMap((each) => each ?? []);
}

async function obstacleOf(service: ProvedService, cloud: Cloud): Promise<string | undefined> {
  const { name, entry, identity, serviceToken, secret } = service;
  if (entry.workload) {
    if (serviceToken === undefined)
      return `${name} runs in Kubernetes, and there is no token of its service account (--service-tokens)`;
  } else {
    const refusal = await tokenRefusal(identity, cloud, "no answer");
    if (refusal !== undefined) return `${name}: its managed identity returns no token here: ${refusal}`;
  }
  if (!secret) return undefined;
  const { network, status, reason } = await within(vaultReading(service, secret), {
    status: 0,
    network: undefined,
    reason: ": no answer",
  });
  if (network !== undefined) return `${name}: the network rules of its vault do not admit this host (${network})`;
  return status === 0 ? `${name}: its vault ${secret.vaultUri} does not answer${reason}` : undefined;
}
