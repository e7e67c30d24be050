/** The ids and names of the objects that a full body refers to. */
export type Names = Readonly<Record<string, string>>;
export type Body = Readonly<Record<string, unknown>>;

/** The operations that a pattern matches, as `PUT /secrets/{name}`, and their full body. Default: they take none. */
export type BodyRow = readonly [pattern: RegExp, body?: (names: Names) => Body];

export const role = "2d2f6f8e-3f53-4f6e-a0a1-000000000001";
export const scopeId = "2d2f6f8e-3f53-4f6e-a0a1-000000000002";
export const tags = { team: "orders" };

export const resource = (names: Names, path: string) => `/subscriptions/${names.subscription}/resourceGroups/rg${path}`;

export const scheduleInfo = (type: string) => ({
  ...{ startDateTime: "2026-01-01T00:00:00Z", recurrence: null },
  expiration: { type, endDateTime: null, duration: null },
});
