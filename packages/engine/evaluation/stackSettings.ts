import { type EvaluatedResource, unknownValue } from "./evaluatedResource";

/** The type of the resource that represents a stack's settings, so that they are compared and reviewed like resources. */
export const settingsType = "microservice-identities:review:Settings";

/** The beginning of the keys of settings that represent what the program reads from outside. Their values list the reading files. */
export const readByProgram = "read by the program: ";

/** A stack's settings as a resource to review, because they influence a deployment as much as the program does. */
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
