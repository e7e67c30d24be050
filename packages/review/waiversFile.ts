import path from "node:path";

/** The path of the waivers in a project. */
export const waiversFile = path.join("stacks", "waivers.yaml");
