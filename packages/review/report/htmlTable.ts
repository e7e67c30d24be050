/** The cells are HTML; the first cell of a row is its header. */
export type Row = readonly string[] | { readonly kind: string; readonly cells: readonly string[] };

/** @param kind the class of the table and of the frame that it scrolls in. A short table is laid out at once. */
export function table(head: readonly string[], rows: readonly Row[], kind = ""): string {
  const isShort = rows.length <= mostInShort;
  const classes = ["scroll", ...(isShort ? ["short"] : []), ...(kind ? [kind] : [])].join(" ");
  return [
    `<div class="${classes}" tabindex="0"><table${kind ? ` class="${kind}"` : ""}>`,
    `<thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead>`,
    `<tbody>${rows.map(line).join("\n")}</tbody>`,
    "</table></div>",
  ].join("\n");
}

/** The browser lays out a longer table only when it comes into view, so that large pages open fast. */
const mostInShort = 40;

function line(row: Row): string {
  const [[first, ...cells], attribute] =
    "cells" in row ? [row.cells, ` class="${row.kind}"`] : ([row, ""] as readonly [readonly string[], string]);
  return `<tr${attribute}><th scope="row">${first}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}
