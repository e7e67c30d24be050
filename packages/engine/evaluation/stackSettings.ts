import { type EvaluatedResource, unknownValue } from "./evaluatedResource";

/** The type of what stands for a stack's settings among its resources, so that they are compared and judged with them. */
export const settingsType = "microservice-identities:review:Settings";

/** How the key of a setting begins that stands for what the program reads from outside; its value lists the files that read it. */
export const readByProgram = "read by the program: ";

/** A stack's settings as something to review: they decide as much as the program does. */
export const settingsResource = (
  project: string,
  stack: string,
  settings: Readonly<Record<string, unknown>>,
  unknown: Readonly<Record<string, string>> = {},
): EvaluatedResource => ({
  urn: `urn:pulumi:${stack}::${project}::${settingsType}::settings`,
  type: settingsType,
  id: "",
  parent: "",
  properties: {
    ...settings,
    ...Object.fromEntries(Object.entries(unknown).map(([key, why]) => [key, unknownValue(why)])),
  },
  component: true,
});
