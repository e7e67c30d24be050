/**
 * How a name looks to people, who confuse names that look alike. Entra compares names case-insensitively, and shows them without
 * blanks at the ends.
 */
export const lookOf = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    // The capital İ becomes an i and a separate dot. Fillers and the empty Braille pattern are invisible.
    .replaceAll(/[\p{Cc}\p{Cf}\p{Mn}\u115f\u1160\u2800]/gu, "")
    .replaceAll(/[\p{Pd}\u2212]/gu, "-")
    .replaceAll(/[1|\u01c0]/gu, "l")
    .replaceAll("0", "o")
    .replaceAll(/[\p{Script=Cyrillic}\p{Script=Greek}ı]/gu, (letter) => alike[letter] ?? letter)
    .replaceAll(/\s+/g, " ")
    .trim();

/** Whether a name has letters of several alphabets whose letters look alike, or letters of phonetic alphabets. */
export const mixesScripts = (name: string): boolean => {
  const text = name.normalize("NFKC");
  return phonetic.test(text) || scripts.filter((script) => script.test(text)).length > 1;
};

/** Small capitals and turned letters, which no language uses in names: IPA and phonetic extensions. */
const phonetic = /[\u0250-\u02af\u1d00-\u1d7f\ua730-\ua731]/u;

/** Alphabets with letters that look like Latin ones. */
const scripts: readonly RegExp[] = [
  ...["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic", "Lisu", "Georgian", "Glagolitic", "Gothic"],
  ...["Canadian_Aboriginal", "Deseret", "Osage", "Old_Italic", "Tifinagh", "Vai"],
].map((script) => new RegExp(`\\p{Script=${script}}`, "u"));

/** Small letters that nobody can tell from Latin ones: https://www.unicode.org/Public/security/latest/confusables.txt */
const alike: Readonly<Record<string, string>> = {
  ...{ а: "a", в: "b", с: "c", ԁ: "d", е: "e", һ: "h", і: "i", ј: "j", к: "k", м: "m", н: "h", о: "o", р: "p" },
  ...{ ԛ: "q", ѕ: "s", т: "t", у: "y", ԝ: "w", х: "x", ѵ: "v" },
  ...{ α: "a", ε: "e", ι: "i", κ: "k", ν: "v", ο: "o", ρ: "p", τ: "t", υ: "u", χ: "x" },
  ...{ ı: "i" },
};
