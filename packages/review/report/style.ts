import { colours } from "./colours";

/** How pages look: on a screen in light and dark, on a phone, on paper. */
export const style = `
:root { color-scheme: light dark; }
${colours}
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
section.stack > h2 { font-size: 1.4rem; margin-top: 3rem; padding-top: .5rem; border-top: 3px solid var(--ink); overflow-wrap: anywhere; }
a { color: var(--link); } small { color: var(--faint); display: block; }
figure { margin: 1.5rem 0; overflow-x: auto; } figcaption { color: var(--faint); font-size: .85rem; } figure svg { max-width: 100%; height: auto; } svg .node { cursor: pointer; } figure.paths svg .node { cursor: auto; } details ol { margin: .3rem 0; padding-left: 1.2rem; }
.scroll + .scroll { margin-top: 1rem; } .scroll { overflow: auto; max-height: 75vh; content-visibility: auto; contain-intrinsic-size: auto 75vh; } .scroll.short { content-visibility: visible; }
table { border-collapse: separate; border-spacing: 0; font-size: .85rem; }
th, td { border: solid var(--line); border-width: 0 1px 1px 0; padding: .4rem .6rem; text-align: left; vertical-align: top; background: var(--paper); }
thead th { position: sticky; top: 0; z-index: 1; border-top-width: 1px; } tbody th { font-weight: 600; } tr > :first-child { border-left-width: 1px; }
table.matrix :is(th, td) { white-space: nowrap; } table.matrix tr > th:first-child { position: sticky; left: 0; z-index: 1; } table.matrix thead th:first-child { z-index: 2; } table.matrix span { display: block; }
p.holds, td.holds { color: var(--good); font-weight: 600; } .wrong, .high { color: var(--bad); font-weight: 700; } .medium { font-weight: 600; }
.new { color: var(--look); font-weight: 700; } tr.new > th::before { content: "new "; }
ul.change { list-style: none; padding: 0; max-height: 45vh; overflow: auto; } ul.change li { padding: .2rem .6rem; border-left: 4px solid var(--line); overflow-wrap: anywhere; }
ul.change :is(.added, .altered, .kept) { border-color: var(--look); background: var(--look-paper); color: var(--look); font-weight: 600; } ul.change .removed { color: var(--faint); }
td.refused, .low, .cut { color: var(--faint); } td.self { background: var(--line); } .cut { font-size: .85rem; }
.findings td:last-child { min-width: 13rem; } .findings code { white-space: nowrap; }
.columns { columns: 16rem; }
label { display: block; margin: 1rem 0 .2rem; } input { display: block; font: inherit; padding: .3rem .5rem; width: min(24rem, 100%); color: inherit; background: var(--paper); border: 1px solid var(--faint); border-radius: 4px; }
.browser { display: grid; grid-template-columns: minmax(10rem, 16rem) 1fr; gap: 1rem; margin: 1rem 0; } .names { list-style: none; margin: 0; padding: 0; max-height: 24rem; overflow: auto; }
.browser p { margin: 0 0 .4rem; color: var(--faint); font-size: .85rem; } .browser .title { font-weight: 600; } .neighbourhood { display: grid; grid-template-columns: 1fr auto 1fr; gap: 1rem; align-content: start; }
.neighbourhood ul { list-style: none; margin: 0; padding: 0; max-height: 24rem; overflow: auto; } .neighbourhood li { border: solid var(--line); border-width: 0 0 0 3px; padding: .1rem .5rem; margin-bottom: .3rem; } .neighbourhood li.new { border-color: var(--look); }
.neighbourhood .caller { text-align: right; } .neighbourhood .caller li { border-width: 0 3px 0 0; } .neighbourhood .caller button { text-align: right; }
.centre { display: flex; align-items: center; gap: .5rem; color: var(--faint); max-width: 20rem; } .centre::before, .centre::after { content: "→"; } .centre strong { color: var(--ink); padding: .4rem .8rem; border: 2px solid var(--ink); border-radius: 8px; overflow-wrap: anywhere; }
button { font: inherit; font-size: .9rem; color: var(--link); background: none; border: 0; padding: .1rem 0; text-align: left; cursor: pointer; overflow-wrap: anywhere; } button[aria-pressed="true"] { font-weight: 700; text-decoration: underline; } td button { font-size: inherit; margin-right: .8rem; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.bar { background: var(--line); width: 12rem; height: .8rem; } .bar > div { background: var(--faint); height: 100%; }
@media (max-width: 45rem) {
  body { margin: 1rem auto; } .browser, .neighbourhood { grid-template-columns: minmax(0, 1fr); }
  .neighbourhood .caller, .neighbourhood .caller button { text-align: left; } .neighbourhood .caller li { border-width: 0 0 0 3px; }
  .findings thead { display: none; } .findings :is(tr, th, td) { display: block; border-width: 0; padding: .1rem 0; } .findings tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  .centre { flex-direction: column; align-items: flex-start; gap: 0; max-width: none; } .centre::before, .centre::after { content: "↓"; padding-left: .8rem; }
}
@media print {
  @page { margin: 15mm; } :root { font-size: 10pt; } body { font-size: 1rem; margin: 0; padding: 0; max-width: none; }
  label, .bar, .browser, .cut, .matrix.wide { display: none; } a, button { color: inherit; }
  .scroll, ul.change, figure { overflow: visible; max-height: none; content-visibility: visible; } tr[hidden] { display: table-row; }
  table { width: 100%; table-layout: fixed; } th, td, li { overflow-wrap: anywhere; } table.matrix :is(th, td) { white-space: normal; }
  thead th, table.matrix tr > th:first-child { position: static; } .findings code { white-space: normal; } .findings td:last-child { min-width: 0; }
  .findings tr > :first-child { width: 11%; } .findings tr > :is(:nth-child(3), :nth-child(4)) { width: 14%; } .findings tr > :last-child { width: 22%; }
  .grants tr > :nth-child(4) { width: 35%; } .grants tr > :last-child { width: 11%; } .reach tr > :last-child { width: 50%; } .clusters tr > :first-child { width: 22%; } .credentials tr > :last-child { display: none; }
  section + section { break-before: page; } h1, h2, h3 { break-after: avoid; } tr, li, figure { break-inside: avoid; } figure svg { max-height: 240mm; min-width: 0 !important; }
}
`;
