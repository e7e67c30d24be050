/**
 * Makes text from a program, a file or Azure safe to show: characters that would move the cursor, change the direction of reading
 * or begin another line are escaped, for example `\u{202e}`.
 */
export const visible = (text: string): string =>
  text.replaceAll(
    // Control characters, format characters (directions, joiners, tags), line and paragraph separators, invalid characters.
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
