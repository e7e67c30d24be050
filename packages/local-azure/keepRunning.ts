import { once } from "node:events";
import path from "node:path";
import { ConnectionFolder } from "./connectionFolder";
import type { LocalAzure } from "./localAzure";
import { StartError } from "./startError";

export interface RunningAzure {
  readonly azure: LocalAzure;
  readonly connection: ConnectionFolder;
  /** Aborted when the process receives a signal to stop. */
  readonly stopped: AbortSignal;
}

interface KeepRunningOptions {
  /** The requested port, for error messages. */
  readonly port: number;
  /** The folder for the files of clients: see {@link ConnectionFolder}. */
  readonly folder: string;
  start(): Promise<LocalAzure>;
  /** Receives the state when the local Azure stops. Default: the state is lost. */
  readonly keep?: ((state: Uint8Array) => void) | undefined;
}

/**
 * Starts a local Azure, writes its connection files, and keeps both until Ctrl+C (or SIGTERM, or a closed terminal).
 *
 * @throws StartError if the port is in use or the folder cannot be used
 */
export async function keepRunning(
  { port, folder, start, keep }: KeepRunningOptions,
  whenStarted: (running: RunningAzure) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  // Not `once`: terminal libraries end the process if they find no other listener.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  const azure = await start().catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE"
      ? new StartError(`port ${port} is taken: choose another with --port, or leave it out`)
      : error;
  });
  const connection = new ConnectionFolder(path.resolve(folder), azure);
  try {
    await connection.open();
    await whenStarted({ azure, connection, stopped: stop.signal });
    if (!stop.signal.aborted) await once(stop.signal, "abort");
  } finally {
    keep?.(await azure.savedState());
    await connection.remove();
    await azure.close();
    console.log(`The local Azure has stopped, and everything in it is ${keep ? "kept" : "gone"}.`);
  }
}

/** Instructions for people on how to connect as the deployer. */
export function connectionText({ host, authority, tenantId, subscriptionId }: LocalAzure, folder: string): string {
  return [
    "",
    `The local Azure is ready. Stop it with Ctrl+C.`,
    "",
    `  metadata host    ${host}`,
    `  authority        ${authority}/${tenantId}`,
    `  Microsoft Graph  ${authority}/graph/v1.0`,
    `  subscription     ${authority}/subscriptions/${subscriptionId}`,
    "",
    "Connect in another terminal; the files contain secrets and are deleted when it stops:",
    "",
    `  set -a; . ${folder}/deployer.env; set +a              # as the deployer: pulumi, Graph, Resource Manager`,
  ].join("\n");
}
