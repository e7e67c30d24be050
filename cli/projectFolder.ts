import path from "node:path";

/** The folder of the project that the commands work on: the one with `Pulumi.yaml`. */
export const projectFolder = path.dirname(__dirname);
