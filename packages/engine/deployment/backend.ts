import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Properties } from "./providers/resourceType";

/** Where stacks keep their outputs and states, for as long as this process runs. */
export class Backend {
  /** For the built-in engine: the outputs of each stack by its full name, `organization/project/stack`. */
  readonly outputs = new Map<string, Properties>();

  private constructor(
    /** For a Pulumi CLI: the folder with its state. */
    readonly folder: string,
    /** Encrypts the secrets in it. */
    readonly passphrase: string,
  ) {}

  static async create(): Promise<Backend> {
    return new Backend(await mkdtemp(path.join(tmpdir(), "pulumi-state-")), randomBytes(24).toString("base64url"));
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
