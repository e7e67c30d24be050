import path from "node:path";
import ts from "typescript";
import { projectFolder } from "./processes";

export interface CompileProblem {
  /** The path, as in the map of the sources. */
  readonly file: string;
  readonly message: string;
}

/**
 * The errors of TypeScript for sources that are not files, with the project's own settings.
 *
 * @param sources by the absolute path that each would have
 */
export function compile(sources: ReadonlyMap<string, string>): CompileProblem[] {
  const { config } = ts.readConfigFile(path.join(projectFolder, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, projectFolder);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => ({ file, message: ts.flattenDiagnosticMessageText(messageText, " ") }),
    );
  });
}
