import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Something that a person writes wrongly, and the whole message that answers it. */
export interface Mistake {
  /** Completes "the message about …". */
  readonly what: string;
  /** Reads what was written: throws the error, or returns the text that a command prints. */
  readonly read: () => unknown;
  /** Line by line. Files that the test writes are in `<folder>`. */
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

/** A text that is far too long to be repeated. */
export const tooLong = "long ".repeat(300).trim();

/** Invented, but of the form that Entra gives its client secrets. */
export const secretLike = "abc8Q~abcdefghijklmnopqrstuvwxyz0123456";
