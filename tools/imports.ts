import { isBuiltin } from "node:module";
import path from "node:path";
import ts from "typescript";

/** One import, dynamic import, `require` or re-export of a file. */
export interface Import {
  /** The importing file, relative to the project, with `/`. */
  readonly from: string;
  readonly line: number;
  /** As it is written in the file. */
  readonly specifier: string;
  /** The imported file of the project; or an npm package, and the package of the resolved file; or `unknown`. */
  readonly target:
    | { readonly kind: "file"; readonly file: string }
    | { readonly kind: "package"; readonly names: readonly string[] }
    | { readonly kind: "unknown" };
  /** Whether the import disappears when the types are stripped. */
  readonly isTypeOnly: boolean;
}

/** @returns the imports of the files, resolved as TypeScript resolves them, without Node's built-in modules */
export function importsOf(project: string, files: readonly string[]): Import[] {
  const { config } = ts.readConfigFile(path.join(project, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config?.compilerOptions ?? {}, project);
  const cache = ts.createModuleResolutionCache(project, (name) => name, options);
  return files.flatMap((from) => {
    const file = path.join(project, from);
    const source = ts.createSourceFile(file, ts.sys.readFile(file) ?? "", ts.ScriptTarget.Latest, true);
    return specifiersIn(source)
      .filter(({ text }) => !isBuiltin(text))
      .map(({ text, position, isTypeOnly }): Import => {
        const { resolvedModule } = ts.resolveModuleName(text, file, options, ts.sys, cache);
        return {
          from,
          line: source.getLineAndCharacterOfPosition(position).line + 1,
          specifier: text,
          target: targetOf(project, text, resolvedModule?.resolvedFileName),
          isTypeOnly,
        };
      });
  });
}

function targetOf(project: string, specifier: string, resolved: string | undefined): Import["target"] {
  if (resolved === undefined) {
    // TypeScript cannot resolve a JavaScript package without types, so its name must be enough.
    return specifier.startsWith(".") ? { kind: "unknown" } : { kind: "package", names: [packageName(specifier)] };
  }
  const inPackage = resolved.split("/node_modules/").at(-1);
  return resolved.includes("/node_modules/") && inPackage !== undefined
    ? { kind: "package", names: [packageName(specifier), packageName(inPackage)] }
    : { kind: "file", file: path.relative(project, resolved).replaceAll(path.sep, "/") };
}

/** `@azure/identity` for `@azure/identity/x`. */
export const packageName = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

interface Specifier {
  readonly text: string;
  readonly position: number;
  readonly isTypeOnly: boolean;
}

function specifiersIn(source: ts.SourceFile): Specifier[] {
  const found: Specifier[] = [];
  const add = (node: ts.Node | undefined, isTypeOnly: boolean) => {
    if (node && ts.isStringLiteralLike(node)) found.push({ text: node.text, position: node.getStart(), isTypeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isExternalModuleReference(node)) add(node.expression, false);
    else if (ts.isCallExpression(node) && isImportCall(node)) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = clause;
  return (
    name === undefined &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.length > 0 &&
    namedBindings.elements.every((element) => element.isTypeOnly)
  );
}

/** `import(…)`, `require(…)` and `require.resolve(…)`. */
const isImportCall = ({ expression }: ts.CallExpression): boolean =>
  expression.kind === ts.SyntaxKind.ImportKeyword || /^require(\.resolve)?$/.test(expression.getText());
