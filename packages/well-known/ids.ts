/**
 * An id as Azure compares it: GUIDs and resource ids without case, without slashes at the end, without blanks around.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */
export const normalizedId = (id: unknown): string => `${id}`.trim().toLowerCase().replace(/\/+$/, "");

/** Whether two ids name the same. */
export const sameId = (one: unknown, other: unknown): boolean => normalizedId(one) === normalizedId(other);

/** The last part of a resource id, as a role definition's GUID. */
export const lastPart = (id: unknown): string => normalizedId(id).split("/").at(-1) ?? "";
