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

/** Escapes text for HTML and XML, also in attributes. */
export const escaped = (text: string): string =>
  visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");

/** An SVG document as part of a page. */
export const inlineSvg = (svg: string, label: string): string =>
  svg.replace(/^[\s\S]*?<svg/, `<svg role="img" aria-label="${escaped(label)}"`);

const style = `
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --line: #d5dbe2; --good: #23694b; --bad: #b3261e; --faint: #5a6673; --mark: #e8f2fb; --look: #8a4b00; --look-paper: #fff4e0; --link: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --ink: #dfe6ee; --paper: #14191f; --line: #323c47; --good: #63c397; --bad: #ff8a7c; --faint: #a3b0be; --mark: #1f2c39; --look: #ffb65c; --look-paper: #33270f; --link: #8cc4ff; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: .9rem; margin: 0 0 .4rem; color: var(--faint); }
a { color: var(--link); } small { color: var(--faint); display: block; }
figure { margin: 1.5rem 0; overflow-x: auto; } figcaption { color: var(--faint); font-size: .85rem; } figure svg { max-width: 100%; height: auto; }
.scroll { overflow: auto; max-height: 75vh; } table { border-collapse: separate; border-spacing: 0; font-size: .85rem; }
th, td { border: solid var(--line); border-width: 0 1px 1px 0; padding: .4rem .6rem; text-align: left; vertical-align: top; background: var(--paper); }
thead th { position: sticky; top: 0; z-index: 1; border-top-width: 1px; } tbody th { font-weight: 600; } tr > :first-child { border-left-width: 1px; }
table.matrix :is(th, td) { white-space: nowrap; } table.matrix tr > th:first-child { position: sticky; left: 0; z-index: 1; } table.matrix thead th:first-child { z-index: 2; } table.matrix span { display: block; }
p.holds, td.holds { color: var(--good); font-weight: 600; } .wrong, .high { color: var(--bad); font-weight: 700; } .medium { font-weight: 600; }
.new { color: var(--look); font-weight: 700; }
ul.change { list-style: none; padding: 0; } ul.change li { padding: .2rem .6rem; border-left: 4px solid var(--line); overflow-wrap: anywhere; }
ul.change :is(.added, .altered, .kept) { border-color: var(--look); background: var(--look-paper); color: var(--look); font-weight: 600; } ul.change .removed { color: var(--faint); }
td.refused, .low { color: var(--faint); } td.self { background: var(--line); }
.columns { columns: 16rem; }
label { display: block; margin: 1rem 0 .2rem; } input { font: inherit; padding: .3rem .5rem; width: min(24rem, 100%); color: inherit; background: var(--paper); border: 1px solid var(--faint); border-radius: 4px; }
.browser { display: grid; grid-template-columns: minmax(10rem, 16rem) 1fr; gap: 1rem; margin: 1rem 0; } .names { list-style: none; margin: 0; padding: 0; max-height: 24rem; overflow: auto; }
.browser p { margin: 0 0 .4rem; color: var(--faint); font-size: .85rem; } .neighbourhood { display: grid; grid-template-columns: 1fr auto 1fr; gap: 1rem; align-content: start; }
.neighbourhood ul { list-style: none; margin: 0; padding: 0; max-height: 24rem; overflow: auto; } .neighbourhood li { border-left: 3px solid var(--line); padding: .1rem .5rem; margin-bottom: .3rem; } .neighbourhood li.new { border-color: var(--look); }
.centre strong { display: block; margin-top: 1.6rem; padding: .4rem .8rem; border: 2px solid var(--ink); border-radius: 8px; overflow-wrap: anywhere; }
button { font: inherit; font-size: .9rem; color: var(--link); background: none; border: 0; padding: .1rem 0; text-align: left; cursor: pointer; overflow-wrap: anywhere; } button[aria-pressed="true"] { font-weight: 700; text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.bar { background: var(--line); width: 12rem; height: .8rem; } .bar > div { background: var(--faint); height: 100%; }
@media (max-width: 45rem) { .browser, .neighbourhood { grid-template-columns: 1fr; } .centre strong { margin: 0; } body { margin: 1rem auto; } }
@media print { label, input, .bar, .browser { display: none; } body { margin: 0; max-width: none; } .scroll { overflow: visible; max-height: none; } thead th, tr > th:first-child { position: static !important; } a { color: inherit; } }
`;
