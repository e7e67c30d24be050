import { isUnknown } from "@microservice-identities/engine/evaluation/evaluatedResource";

/** Takes the place of a value that no review can know. */
export const unknownText = "an unknown value";

/** A value as people read it. */
export const valueText = (value: unknown): string => (isUnknown(value) ? unknownText : `${value}`);
