/**
 * How a name looks to people: two that look alike are taken for each other. Entra compares names without case, and shows them
 * without blanks at the ends.
 */
export const lookOf = (name: string): string =>
  name
    .normalize("NFKC")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Mn}]/gu, "")
    .toLowerCase()
    .replaceAll(/[\p{Script=Cyrillic}\p{Script=Greek}ı]/gu, (letter) => alike[letter] ?? letter)
    .replaceAll(/\s+/g, " ")
    .trim();

/** Whether a name has letters of several alphabets whose letters look alike. */
export const mixesScripts = (name: string): boolean =>
  scripts.filter((script) => script.test(name.normalize("NFKC"))).length > 1;

const scripts: readonly RegExp[] = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

/** Small letters that nobody can tell from Latin ones: https://www.unicode.org/Public/security/latest/confusables.txt */
const alike: Readonly<Record<string, string>> = {
  ...{ а: "a", в: "b", с: "c", ԁ: "d", е: "e", һ: "h", і: "i", ј: "j", к: "k", м: "m", н: "h", о: "o", р: "p" },
  ...{ ԛ: "q", ѕ: "s", т: "t", у: "y", ԝ: "w", х: "x", ѵ: "v" },
  ...{ α: "a", ε: "e", ι: "i", κ: "k", ν: "v", ο: "o", ρ: "p", τ: "t", υ: "u", χ: "x" },
  ...{ ı: "i" },
};
