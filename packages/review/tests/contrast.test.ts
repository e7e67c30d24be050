import { reviewHtml } from "../report/html";
import { review } from "../review";
import { landscape, own } from "./support/landscape";

/** These tests only read style sheets. `page.test.ts` checks every element of a page in a browser. */

interface StyleRule {
  readonly selector: string;
  readonly declarations: ReadonlyMap<string, string>;
}

/** The rules of a style sheet, including those in `@media`. */
function rulesIn(css: string): StyleRule[] {
  return [...css.matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(([, selector = "", body = ""]) => ({
    selector: selector.trim(),
    declarations: new Map(
      body
        .split(";")
        .filter((each) => each.includes(":"))
        .map((each) => [each.slice(0, each.indexOf(":")).trim(), each.slice(each.indexOf(":") + 1).trim()]),
    ),
  }));
}

const isText = (property: string) => /^(color|fill)$/.test(property);
const isLine = (property: string) => /^(border(-\w+)*|outline|stroke)$/.test(property);
const variablesIn = (value = ""): string[] =>
  [...value.matchAll(/var\(--([\w-]+)\)/g)].map(([, name]) => name as string);

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe("the colours of the review's page and its pictures", () => {
  let rules: StyleRule[];
  let schemes: Readonly<Record<"light" | "dark", ReadonlyMap<string, string>>>;
  beforeAll(async () => {
    const html = await reviewHtml(review(landscape({}, [own]), { today: "2026-11-25", before: { resources: [] } }));
    const sheets = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, css = ""]) => css);
    // The style sheet of the page, and those of two pictures: the grants, and the attack paths.
    expect(sheets).toHaveLength(3);
    rules = sheets.flatMap(rulesIn);
    const declared = rules.filter(({ declarations }) => declarations.has("--paper"));
    const coloursOf = (rule: StyleRule | undefined) =>
      new Map([...(rule?.declarations ?? [])].map(([name, value]) => [name.replace("--", ""), value]));
    schemes = { light: coloursOf(declared[0]), dark: coloursOf(declared[1]) };
  });

  /** The colours that a variable can have. */
  const coloursOfVariable = (name: string): string[] =>
    schemes.light.has(name) ? [name] : rules.flatMap((rule) => variablesIn(rule.declarations.get(`--${name}`)));

  /** `ink on paper` for each colour that a rule uses, on the rule's own background or the page's. */
  const pairs = (isUsed: (property: string) => boolean): string[] => {
    const found = rules.flatMap(({ declarations }) => {
      const [paper = "paper"] = variablesIn(declarations.get("background"));
      return [...declarations]
        .filter(([property]) => isUsed(property))
        .flatMap(([, value]) => variablesIn(value).flatMap(coloursOfVariable))
        .map((colour) => `${colour} on ${paper}`);
    });
    return [...new Set(found)].sort();
  };

  const ratios = (scheme: "light" | "dark", all: readonly string[]) =>
    all.map((pair) => {
      const [one, other] = pair.split(" on ").map((name) => schemes[scheme].get(name) ?? "");
      return { pair, ratio: contrast(one ?? "", other ?? "") };
    });

  it("are declared once for light and once for dark, and no CSS rule uses other colours", () => {
    expect([...schemes.light.keys()]).toEqual([...schemes.dark.keys()]);
    const others = rules.flatMap(({ selector, declarations }) =>
      [...declarations]
        .filter(
          ([property, value]) => /color|background|fill|stroke$|border|outline/.test(property) && /#|rgb/.test(value),
        )
        .map(([property]) => `${selector} ${property}`),
    );
    expect(others).toEqual([]);
  });

  it.each(["light", "dark"] as const)("have a contrast of at least 4.5 for text, in %s", (scheme) => {
    const used = pairs(isText);
    expect(used).toEqual([
      "bad on paper",
      "faint on paper",
      "good on paper",
      "ink on paper",
      "link on paper",
      "look on look-paper",
      "look on paper",
    ]);
    expect(ratios(scheme, used).filter(({ ratio }) => ratio < 4.5)).toEqual([]);
  });

  it.each(["light", "dark"] as const)(
    "have a contrast of at least 3 for lines that have a meaning, in %s",
    (scheme) => {
      // The grid of a table is only decoration, because its rows are readable without it.
      const used = [...pairs(isLine).filter((pair) => pair !== "line on paper"), "faint on line"];
      expect(used).toEqual([
        "bad on paper",
        "faint on paper",
        "good on paper",
        "ink on paper",
        "link on paper",
        "look on look-paper",
        "look on paper",
        "faint on line",
      ]);
      expect(ratios(scheme, used).filter(({ ratio }) => ratio < 3)).toEqual([]);
    },
  );

  it("are compared with the contrast ratio of WCAG", () => {
    expect([contrast("#000000", "#ffffff"), contrast("#777777", "#ffffff").toFixed(2)]).toEqual([21, "4.48"]);
  });
});
