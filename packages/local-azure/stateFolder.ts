import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { StartError } from "./startError";

/** The folder in which a local Azure stores its state between two runs. Only this user can read it, because it contains secrets. */
export class StateFolder {
  private readonly file: string;

  /** @throws StartError if the folder cannot be created */
  constructor(private readonly folder: string) {
    this.file = path.resolve(folder, "azure.state");
    this.trying(() => mkdirSync(folder, { recursive: true, mode: 0o700 }));
  }

  /** @returns undefined if there is no state yet. @throws StartError if the file cannot be read */
  read(): Uint8Array | undefined {
    return this.trying(() => {
      try {
        return readFileSync(this.file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    });
  }

  write(state: Uint8Array): void {
    writeFileSync(this.file, state, { mode: 0o600 });
  }

  private trying<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new StartError(`--state: cannot use ${this.folder}: ${(error as Error).message}`);
    }
  }
}
