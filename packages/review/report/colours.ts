/**
 * The colours of pages and pictures, as custom properties for light and dark backgrounds. Text on its paper has a contrast of at
 * least 4.5 to 1, lines that carry a meaning at least 3 to 1: https://www.w3.org/TR/WCAG22/#contrast-minimum
 */
const light = {
  ink: "#1d2733",
  paper: "#ffffff",
  line: "#d5dbe2",
  good: "#23694b",
  bad: "#b3261e",
  faint: "#5a6673",
  look: "#8a4b00",
  "look-paper": "#fff4e0",
  link: "#0b57a4",
};

const dark: Record<keyof typeof light, string> = {
  ink: "#dfe6ee",
  paper: "#14191f",
  line: "#323c47",
  good: "#63c397",
  bad: "#ff8a7c",
  faint: "#a3b0be",
  look: "#ffb65c",
  "look-paper": "#33270f",
  link: "#8cc4ff",
};

const declared = (colours: Readonly<Record<string, string>>): string =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(" ");

/** Printed pages always use the light colours. */
export const colours = `:root { ${declared(light)} }
@media screen and (prefers-color-scheme: dark) { :root { ${declared(dark)} } }`;
