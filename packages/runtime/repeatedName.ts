/** Whether a JSON object has the same name twice at its top level. Parsers differ in which of the two they use. */
export function hasRepeatedName(json: string): boolean {
  const names = new Set<unknown>();
  let depth = 0;
  const isFollowedByColon = /\s*:/y;
  for (const { 0: piece, index } of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (piece === "{" || piece === "[") depth++;
    else if (piece === "}" || piece === "]") depth--;
    else if (depth === 1) {
      isFollowedByColon.lastIndex = index + piece.length;
      if (!isFollowedByColon.test(json)) continue;
      const name: unknown = JSON.parse(piece);
      if (names.has(name)) return true;
      names.add(name);
    }
  }
  return false;
}
