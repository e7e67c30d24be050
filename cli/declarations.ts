import type { Declarations } from "@microservice-identities/review/declarations";
import { projectFolder } from "./projectFolder";

/** The places in this project's files that declare what a stack contains. Finding them loads the TypeScript compiler, which takes long. */
export function declarationsIn(stack: string): Declarations {
  const { Declarations } =
    require("@microservice-identities/review/declarations") as typeof import("@microservice-identities/review/declarations");
  return new Declarations(projectFolder, stack);
}
