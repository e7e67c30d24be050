import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { readYamlFile } from "@microservice-identities/validation/files";
import { didYouMean } from "@microservice-identities/validation/similarName";
import { UserError } from "@microservice-identities/validation/userError";
import { z } from "zod";

const projectFile = z.object({
  name: z.string(),
  main: z.string().default("."),
  runtime: z.preprocess(
    (runtime) => (typeof runtime === "string" ? { name: runtime } : runtime),
    z.object({
      name: z.literal("nodejs"),
      options: z.object({ nodeargs: z.string().default("") }).prefault({}),
    }),
  ),
});

/** A Pulumi project as `Pulumi.yaml` describes it. */
export interface Project {
  readonly folder: string;
  readonly name: string;
  /** The folder of the program. */
  readonly main: string;
  /** The program in it; `.` if its `package.json` or `index` determines it. */
  readonly entryPoint: string;
  /** Arguments for node, before the program. */
  readonly nodeArguments: readonly string[];
}

/** @throws UserError that names the file and every problem */
export async function readProject(folder: string): Promise<Project> {
  refuseOtherProjectFile(folder);
  const { name, main, runtime } = await read(path.join(folder, "Pulumi.yaml"), projectFile);
  const nodeArguments = runtime.options.nodeargs.split(" ").filter(Boolean);
  const at = path.join(folder, main);
  const isFile = path.extname(at) !== "";
  return {
    folder,
    name,
    main: isFile ? path.dirname(at) : at,
    entryPoint: isFile ? path.basename(at) : ".",
    nodeArguments,
  };
}

/** The CLI uses the first of the two, and with it other settings: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/workspace/paths.go */
function refuseOtherProjectFile(folder: string): void {
  if (!existsSync(path.join(folder, "Pulumi.json")) || !existsSync(path.join(folder, "Pulumi.yaml"))) return;
  throw new UserError(
    `${path.join(folder, "Pulumi.json")}: the Pulumi CLI reads this file instead of Pulumi.yaml; allowed: only Pulumi.yaml. Delete Pulumi.json`,
  );
}

async function read<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema>> {
  if (!existsSync(file)) throw new UserError(await missing(file));
  return readYamlFile(file, schema);
}

/** The message about a missing file of the project. */
export async function missing(file: string): Promise<string> {
  const others = await readdir(path.dirname(file));
  const stacks = others.flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
  const stack = /^Pulumi\.(.+)\.yaml$/.exec(path.basename(file))?.[1] ?? "";
  const list = stacks.join(", ") || "none";
  return `there is no ${path.basename(file)} in the project.${didYouMean(stack, stacks)} Its stacks are: ${list}`;
}
