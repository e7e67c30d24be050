import { type EvaluatedResource, isUnknown } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { settingsType } from "@microservice-identities/engine/evaluation/stackSettings";

export const isSettings = ({ type }: Pick<EvaluatedResource, "type">): boolean => type === settingsType;

/** The settings of a stack by their keys, as strings. With several stacks, each key includes its stack. */
export function settingsIn(resources: readonly EvaluatedResource[]): Readonly<Record<string, string>> {
  const all = resources.filter(isSettings);
  return Object.fromEntries(
    all.flatMap(({ urn, properties }) => {
      const stack = all.length > 1 ? `${urn.split(":")[2]}: ` : "";
      return Object.entries(properties).map(([key, value]) => [`${stack}${key}`, textOf(value)]);
    }),
  );
}

const textOf = (value: unknown): string => {
  if (isUnknown(value)) return "not known";
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
};
