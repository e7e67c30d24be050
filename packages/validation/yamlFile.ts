import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { z } from "zod";
import { describeIssue } from "./problems";

/**
 * What a YAML file says, checked.
 *
 * @throws Error that lists everything wrong with it
 */
export function readYamlFile<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  let data: unknown;
  try {
    data = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`cannot read ${file}: ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(data, { reportInput: true });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => describeIssue(issue, "is no part of it"));
  throw new Error([`${file} is wrong:`, ...problems.map((problem) => `  ${problem}`)].join("\n"));
}
