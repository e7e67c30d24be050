import { style } from "./style";
import { visible } from "./visible";

export interface PageParts {
  readonly title: string;
  /** HTML. */
  readonly body: string;
  /** JavaScript; the page is complete without it. */
  readonly script?: string;
}

/** A self-contained page without fonts or external files. Light and dark, and printable. */
export const page = ({ title, body, script }: PageParts): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${body}
${script === undefined ? "" : `<script>${script}</script>\n`}</body>
</html>
`;

/** Escapes text for HTML and XML, including attributes. */
export const escaped = (text: string): string =>
  visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");

/** An SVG document as part of a page. It shrinks only so far that its text stays legible; then its figure scrolls. */
export function inlineSvg(svg: string, label: string): string {
  const width = Number(/<svg[^>]*? width="([\d.]+)pt"/.exec(svg)?.[1] ?? 0);
  const least = `min-width: ${Math.round(width * leastScale)}pt`;
  return svg.replace(/^[\s\S]*?<svg/, `<svg role="img" aria-label="${escaped(label)}" style="${least}"`);
}

const leastScale = 0.7;
