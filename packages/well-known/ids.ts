/**
 * An id in the form in which Azure compares it: in lower case, without slashes at the end and blanks around it.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */
export const normalizedId = (id: unknown): string => `${id}`.trim().toLowerCase().replace(/\/+$/, "");

/** Whether two ids mean the same object. */
export const sameId = (one: unknown, other: unknown): boolean => normalizedId(one) === normalizedId(other);

/** The last part of a resource id, for example a role definition's GUID. */
export const lastPart = (id: unknown): string => normalizedId(id).split("/").at(-1) ?? "";
