/** The cells are HTML; the first cell of a row is its header. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], kind = ""): string {
  const line = ([first, ...cells]: readonly string[]) =>
    `<tr><th scope="row">${first}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  return [
    `<div class="scroll${kind ? ` ${kind}` : ""}" tabindex="0"><table${kind ? ` class="${kind}"` : ""}>`,
    `<thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead>`,
    `<tbody>${rows.map(line).join("\n")}</tbody>`,
    "</table></div>",
  ].join("\n");
}
