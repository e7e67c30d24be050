import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import type { Whereabouts } from "./subject";

/** A place in the project's files. */
export interface Place {
  /** Relative to the project, with `/`. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** A key in a file that declares something, and the keys inside it. */
interface Declaration {
  readonly word: string;
  readonly place: Place;
  readonly inside: Declaration[];
}

/** The fallback place for something that no file declares. */
const program: Place = { file: "stacks/index.ts", line: 1 };

/** Finds the line of the project that a finding is about: usually the line in `stacks/` that declares its subject. */
export class Declarations {
  private readonly top: readonly Declaration[];
  private readonly suffixes: readonly string[];
  private readonly settings: readonly Declaration[];
  private readonly settingsFile: string;

  constructor(
    private readonly projectFolder: string,
    /** The stack or stacks, for example `finance-dev, shop-dev`. Names in Entra end with the name of a stack. */
    stack: string,
  ) {
    const stacks = stack.split(", ");
    this.suffixes = stacks.map((each) => `-${each}`);
    this.settingsFile = `Pulumi.${stacks[0]}.yaml`;
    this.settings = stacks.flatMap((each) => settingsIn(projectFolder, `Pulumi.${each}.yaml`));
    const folder = path.join(projectFolder, "stacks");
    const files = readdirSync(folder)
      .filter((file) => file.endsWith(".ts"))
      .sort();
    this.top = files.flatMap((file) => declarationsOf(`stacks/${file}`, readFileSync(path.join(folder, file), "utf8")));
  }

  /**
   * @param about the names in a finding's subject, as in `["ingest-dev", "inventory-dev", "Inventory.Write"]`
   * @param at where to look, if the finding says so
   */
  placeOf(about: readonly string[], at?: Whereabouts): Place {
    if (at) return this.inFile(at);
    let found: Declaration | undefined;
    for (const name of about) {
      found = this.named(name, found?.inside ?? this.top) ?? found;
    }
    return found?.place ?? program;
  }

  /** Returns line 1 if the file no longer exists. */
  private inFile({ file, key = "", text }: Whereabouts): Place {
    if (file === undefined) {
      const setting = this.settings.find(({ word }) => isKey(word, key));
      return setting?.place ?? { file: this.settingsFile, line: 1 };
    }
    if (path.isAbsolute(file) || file.split("/").includes("..")) return program;
    const at = path.join(this.projectFolder, file);
    const isFile = statSync(at, { throwIfNoEntry: false })?.isFile() ?? false;
    const lines = isFile ? readFileSync(at, "utf8").split("\n") : [];
    const plain = key.replace(/^(scripts|compilerOptions)\./, "");
    const starts = [`${JSON.stringify(plain)}:`, `${plain}:`];
    const isMeant = (line: string) =>
      text === undefined ? key !== "" && starts.some((start) => line.trim().startsWith(start)) : line.includes(text);
    return { file, line: Math.max(lines.findIndex(isMeant), 0) + 1 };
  }

  /** Prefers the outermost match, because a service's declaration is less deeply nested than the calls to it. */
  private named(name: string, among: readonly Declaration[]): Declaration | undefined {
    // A resource's name begins with the name of its service. If several match, the longest is right.
    const suffix = this.suffixes.find((each) => name.endsWith(each)) ?? "";
    const plain = name.slice(0, name.length - suffix.length);
    for (let level = [...among]; level.length > 0; level = level.flatMap(({ inside }) => inside)) {
      const exact = level.find(({ word }) => word === plain);
      if (exact) return exact;
      const [longest] = level
        .filter(({ word }) => plain.startsWith(`${word}-`) || plain === `id-${word}`)
        .sort((one, other) => other.word.length - one.word.length);
      if (longest) return longest;
    }
    return undefined;
  }
}

/** The keys of a stack's settings, each with its line. */
function settingsIn(projectFolder: string, file: string): Declaration[] {
  const at = path.join(projectFolder, file);
  if (!existsSync(at)) return [];
  return readFileSync(at, "utf8")
    .split("\n")
    .flatMap((text, index) => {
      const word = /^ {1,8}"?([\w.-]+(?::[\w.-]+)?)"?:(?:\s|$)/.exec(text)?.[1];
      return word === undefined ? [] : [{ word, place: { file, line: index + 1 }, inside: [] }];
    });
}

/** A key without a namespace belongs to the project. */
const isKey = (word: string, key: string): boolean => word === key || (!word.includes(":") && key.endsWith(`:${word}`));

function declarationsOf(file: string, text: string): Declaration[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const wordOf = (node: ts.Node): string | undefined => {
    if (ts.isPropertyAssignment(node)) return nameText(node.name);
    return ts.isStringLiteral(node) ? node.text : undefined;
  };
  const nameText = (name: ts.PropertyName) =>
    ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined;
  const inside = (node: ts.Node): Declaration[] => {
    const declarations: Declaration[] = [];
    ts.forEachChild(node, (child) => {
      if (ts.isImportDeclaration(child)) return;
      const word = wordOf(child);
      const within = ts.isPropertyAssignment(child)
        ? inside(child.initializer).concat(literal(child.initializer))
        : inside(child);
      if (word === undefined) declarations.push(...within);
      else declarations.push({ word, place: placeOf(child), inside: within });
    });
    return declarations;
  };
  const literal = (node: ts.Node): Declaration[] =>
    ts.isStringLiteral(node) ? [{ word: node.text, place: placeOf(node), inside: [] }] : [];
  const placeOf = (node: ts.Node): Place => ({
    file,
    line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1,
  });
  return inside(source);
}
