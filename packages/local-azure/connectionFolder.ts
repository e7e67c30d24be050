import { chmod, mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { LocalAzure } from "./localAzure";
import { StartError } from "./startError";

/** The files that a connection folder may contain. */
const ownFiles: readonly string[] = [
  "pid",
  "ca.pem",
  "tls.crt",
  "tls.key",
  "deployer.env",
  "vaults.env",
  "services",
  "state.json",
];

/** Otherwise the Pulumi providers also try the machine's managed identity, whose endpoint may never answer. */
const onlyTheSecret = { ARM_USE_CLI: "false", ARM_USE_MSI: "false", ARM_USE_OIDC: "false" };

/**
 * Files that tell clients how to connect to a local Azure: `deployer.env`, `vaults.env` (the proxy that leads to vaults by
 * name), one `services/{name}.env` for each workload, `state.json` with the grants of a stack that was deployed, the certificate authority `ca.pem`, and `tls.crt` with `tls.key` for a
 * server on loopback that the same clients trust.
 * They contain secrets: only this user can read them, and they are deleted when the local Azure stops.
 */
export class ConnectionFolder {
  /** PEM files of a certificate for servers on loopback. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string };
  private readonly caFile: string;
  private claimed = false;

  /** @param folder an absolute path: clients read the files from folders of their own */
  constructor(
    private readonly folder: string,
    private readonly azure: LocalAzure,
  ) {
    this.caFile = path.join(folder, "ca.pem");
    this.tls = { certificateFile: path.join(folder, "tls.crt"), keyFile: path.join(folder, "tls.key") };
  }

  /**
   * Writes the files that do not depend on a deployment.
   *
   * @throws StartError if the folder contains other files, cannot be used, or belongs to a running process
   */
  async open(): Promise<void> {
    await this.claim();
    await mkdir(path.join(this.folder, "services"), { recursive: true, mode: 0o700 });
    await chmod(this.folder, 0o700);
    await writeFile(path.join(this.folder, "pid"), String(process.pid));
    await writeFile(this.caFile, this.azure.caCertificate);
    const { key, cert } = await this.azure.serverCertificate();
    await writeFile(this.tls.certificateFile, cert);
    await writeFile(this.tls.keyFile, key, { mode: 0o600 });
    await this.write("deployer.env", { ...this.azure.deployer, ...onlyTheSecret });
    await this.write("vaults.env", { HTTPS_PROXY: this.azure.vaultProxy, NO_PROXY: "localhost,127.0.0.1" });
  }

  /** Writes `services/{name}.env` with these variables, and with the ones that make clients trust this Azure. */
  writeService(name: string, variables: Readonly<Record<string, string>>): Promise<void> {
    return this.write(path.join("services", `${name}.env`), variables);
  }

  /** Writes `services/{name}.token`, as Kubernetes projects the token of a service account. @returns its absolute path */
  async writeToken(name: string, token: string): Promise<string> {
    const file = path.join(this.folder, "services", `${name}.token`);
    await writeFile(file, token, { mode: 0o600 });
    return file;
  }

  /** Writes `state.json`: what was deployed, for commands that read the state of a stack. It must not contain a secret. */
  writeState(state: object): Promise<void> {
    return writeFile(path.join(this.folder, "state.json"), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  }

  /** Deletes only the files that this object has written. */
  async remove(): Promise<void> {
    if (!this.claimed) return;
    await this.removeOwnFiles();
    await rmdir(this.folder);
  }

  private async claim(): Promise<void> {
    const present = await readdir(this.folder).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === "ENOENT") return [];
      throw new StartError(`--folder: cannot use ${this.folder}: ${error.message}`);
    });
    const foreign = present.find((name) => !ownFiles.includes(name));
    if (foreign !== undefined)
      throw new StartError(
        `--folder: ${this.folder} contains ${foreign}; allowed: an empty folder, or a folder that does not exist`,
      );
    if (present.includes("pid")) {
      const pid = Number(await readFile(path.join(this.folder, "pid"), "utf8"));
      if (isRunning(pid))
        throw new StartError(`--folder: ${this.folder} is in use by process ${pid}: stop it, or choose another folder`);
    }
    this.claimed = true;
    // A killed process leaves its files behind, including those of its services.
    await this.removeOwnFiles();
  }

  private async removeOwnFiles(): Promise<void> {
    for (const name of ownFiles) await rm(path.join(this.folder, name), { recursive: true, force: true });
  }

  private write(name: string, variables: Readonly<Record<string, string>>): Promise<void> {
    const trust = { NODE_EXTRA_CA_CERTS: this.caFile, SSL_CERT_FILE: this.caFile, REQUESTS_CA_BUNDLE: this.caFile };
    const lines = Object.entries({ ...variables, ...trust }).map(([key, value]) => `${key}='${value}'\n`);
    return writeFile(path.join(this.folder, name), lines.join(""), { mode: 0o600 });
  }
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks whether the process exists.
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
