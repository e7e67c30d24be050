import type { Reading } from "./reading";

type Json = Readonly<Record<string, unknown>>;

/** Graph returns at most 1,000 objects. https://learn.microsoft.com/graph/api/directoryobject-getbyids */
const mostIds = 1000;

/** Principals with their types and names. Principals that the directory does not show are missing. */
export async function objectsWith(reading: Reading, ids: readonly string[]): Promise<Json[]> {
  const all = [...new Set(ids)];
  const parts = Array.from({ length: Math.ceil(all.length / mostIds) }, (_, at) =>
    all.slice(at * mostIds, (at + 1) * mostIds),
  );
  const answers = await Promise.all(
    parts.map((part) =>
      reading.tried("the names and types of principals", "Directory.Read.All in Microsoft Graph", () =>
        reading.tenant.ask("directoryObjects/getByIds", { ids: part }),
      ),
    ),
  );
  return answers.flatMap((answer) => (answer?.value as Json[] | undefined) ?? []);
}

/** The display names of principals. Principals that the directory does not show keep their ids. */
export const namesOf = async (reading: Reading, ids: readonly string[]): Promise<ReadonlyMap<string, string>> =>
  new Map(
    (await objectsWith(reading, ids)).flatMap(({ id, displayName }) =>
      displayName === null ? [] : [[`${id}`, `${displayName}`]],
    ),
  );
