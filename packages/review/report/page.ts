import { visible } from "./visible";

export interface PageParts {
  readonly title: string;
  /** HTML. */
  readonly body: string;
  /** JavaScript, for what only eases reading. */
  readonly script?: string;
}

/** A page that needs nothing beside it: no font, no address elsewhere. Light and dark, and printable. */
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

/** As it may stand in HTML and XML, in attributes too. */
export const escaped = (text: string): string =>
  visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");

/** An SVG document as a part of a page. */
export const inlineSvg = (svg: string, label: string): string =>
  svg.replace(/^[\s\S]*?<svg/, `<svg role="img" aria-label="${escaped(label)}"`);

const style = `
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --line: #d5dbe2; --good: #2f7d5b; --bad: #c0392b; --faint: #6b7886; --mark: #e8f2fb; }
@media (prefers-color-scheme: dark) { :root { --ink: #dfe6ee; --paper: #14191f; --line: #323c47; --good: #63c397; --bad: #ff7b6b; --faint: #93a1b0; --mark: #1f2c39; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
figure { margin: 1.5rem 0; } figcaption { color: var(--faint); font-size: .85rem; } figure svg { max-width: 100%; height: auto; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; }
th, td { border: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
table.matrix :is(th, td) { white-space: nowrap; }
p.holds, td.holds, .added { color: var(--good); font-weight: 600; } .wrong, .removed, .high { color: var(--bad); font-weight: 700; }
td.refused, .low { color: var(--faint); } td.self { background: var(--line); }
.columns { columns: 16rem; }
label { display: block; margin: 1rem 0; } input { font: inherit; padding: .3rem .5rem; width: min(24rem, 100%); box-sizing: border-box; }
tr.marked > :is(th, td) { background: var(--mark); } .hidden { display: none; }
g.node, g.edge { transition: opacity .15s; } g.node { cursor: pointer; } .dimmed { opacity: .15; }
:focus-visible { outline: 2px solid var(--good); outline-offset: 2px; }
.bar { background: var(--line); width: 18rem; height: .8rem; } .bar > div { background: var(--good); height: 100%; }
@media print { label, .bar { display: none; } body { margin: 0; max-width: none; } .scroll { overflow: visible; } a { color: inherit; } }
`;
