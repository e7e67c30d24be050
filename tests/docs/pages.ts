import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";

/** A fenced block of a page. */
export interface Snippet {
  /** The page and first line, for example `README.md:58`. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
  /** The file name in a comment in the first line, for example `// stacks/shop.ts`. */
  readonly file?: string;
}

const markdownIn = (folder: string): string[] =>
  readdirSync(path.join(projectFolder, folder))
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.posix.join(folder, file));

/** The project's pages, relative to its folder. Other tests check the packages' own pages. */
export const pages: readonly string[] = [".", "docs", "docs/adr", "examples"].flatMap(markdownIn);

export const textOf = (page: string): string => readFileSync(path.join(projectFolder, page), "utf8");

/** A transcript that `npm run one-call-page` recorded. It is not meant to be run. */
const recorded = /<!-- recorded from here[\s\S]*<!-- recorded up to here -->/;

export function snippetsOf(page: string): Snippet[] {
  const text = textOf(page).replace(recorded, (transcript) => transcript.replace(/[^\n]/g, ""));
  return [...text.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms)].map(
    ({ 1: indent = "", 2: language = "", 3: indented = "", index }) => {
      const code = indented.replaceAll(new RegExp(`^${indent}`, "gm"), "");
      const file = /^(?:\/\/|#) (\S+\.(?:ts|yaml))\n/.exec(code)?.[1];
      return { place: `${page}:${text.slice(0, index).split("\n").length}`, language, code, file };
    },
  );
}

/** The rows of all tables of a page. Each row is a list of its cells' texts. */
export const rowsOf = (page: string): string[][] =>
  textOf(page)
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| -/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split(" | ")
        .map((cell) => cell.trim()),
    );
