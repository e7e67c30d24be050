import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Wrong input, and the whole message that the project prints for it. */
export interface Mistake {
  /** Completes "the message about …". */
  readonly what: string;
  /** Reads the wrong input. It throws the error, or returns the text that a command prints. */
  readonly read: () => unknown;
  /** The message's lines. Files that the test writes are in `<folder>`. */
  readonly message: readonly string[];
}

const folder = mkdtempSync(path.join(tmpdir(), "mistakes-"));

export const removeFolder = (): void => rmSync(folder, { recursive: true });

/** The path of a file in the folder of the test. */
export const inFolder = (name: string): string => path.join(folder, name);

/** Writes a file. @returns its path */
export function fileWith(name: string, text: string): string {
  writeFileSync(inFolder(name), text);
  return inFolder(name);
}

/** The message without the parts that differ between machines. */
export async function messageOf({ read }: Mistake): Promise<string[]> {
  const text = await Promise.resolve()
    .then(read)
    .catch((error: Error) => error.message);
  return String(text).replaceAll(folder, "<folder>").trim().split("\n");
}

/** A text that is too long for a message. */
export const tooLong = "long ".repeat(300).trim();

/** An invented value in the format of Entra's client secrets. */
export const secretLike = "abc8Q~abcdefghijklmnopqrstuvwxyz0123456";
