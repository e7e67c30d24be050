import type { AccessModel } from "../accessModel";
import type { AccessChange } from "../change";

/** The service that is shown first: the changed one, otherwise the one with the most calls. */
export function firstShown({ grants }: AccessModel, change: AccessChange | undefined): string | undefined {
  const [changed] = [...(change?.grants.added ?? []), ...(change?.grants.removed ?? [])];
  if (changed) return changed.caller;
  const counts = new Map<string, number>();
  for (const { caller, api } of grants) for (const name of [caller, api]) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

/**
 * Runs in the browser, for each stack of the page: draws a service between its callers and its APIs, filters, and shows the result
 * as a matrix. It reads the grants from the table of grants, so that the page contains them once.
 */
export const neighbourhoodScript = `
const most = { listed: 200, rows: 60, columns: 60 };
const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};
const button = (name) => element("button", { type: "button", "data-service": "" }, name);
const grouped = (items, key) => {
  const groups = new Map();
  for (const item of items) groups.has(key(item)) ? groups.get(key(item)).push(item) : groups.set(key(item), [item]);
  return groups;
};
const byName = (one, two) => (one < two ? -1 : 1);
function start(part) {
  const find = (selector) => part.querySelector(selector);
  const grants = [...part.querySelectorAll("table.grants > tbody > tr")].map((row) => {
    const [caller, api, role, because] = [...row.cells].map((cell) => cell.textContent);
    return { caller, api, role, because, isNew: row.classList.contains("new"), text: [caller, api, role].join(" ").toLowerCase() };
  });
  const [callsOf, callersOf] = [grouped(grants, (grant) => grant.caller), grouped(grants, (grant) => grant.api)];
  const names = [...new Set([...JSON.parse(find("script.services").textContent), ...callsOf.keys(), ...callersOf.keys()])];
  const filter = find("input.filter");
  let words = [];
  const fits = (text) => words.every((word) => text.includes(word));
  const fitsName = (name) => fits(name.toLowerCase());
  function column(title, of, other) {
    const neighbours = [...grouped(of, (grant) => grant[other])];
    neighbours.sort(([, one], [, two]) => two.some((grant) => grant.isNew) - one.some((grant) => grant.isNew));
    return element("div", { class: other }, element("p", { class: "title" }, title + " (" + neighbours.length + ")"),
      element("ul", {}, ...neighbours.map(([name, roles]) => element("li", roles.some((grant) => grant.isNew) ? { class: "new" } : {}, button(name),
        ...roles.map(({ role, because, isNew }) => element("small", { title: because }, role + (isNew ? " (new)" : "")))))));
  }
  function choose(name) {
    find(".neighbourhood").replaceChildren(
      column("Callers", callersOf.get(name) || [], "caller"),
      element("div", { class: "centre" }, element("strong", {}, name)),
      column("Calls", callsOf.get(name) || [], "api"));
    for (const each of part.querySelectorAll("ul.names button")) each.setAttribute("aria-pressed", String(each.textContent === name));
  }
  function list() {
    let found = names;
    if (words.length > 0) {
      const near = new Set(grants.filter((grant) => fits(grant.text)).flatMap(({ caller, api }) => [caller, api]));
      found = names.filter((name) => near.has(name) || fitsName(name));
      // Services whose own name matches come before their neighbours; shorter names first.
      found.sort((one, two) => fitsName(two) - fitsName(one) || one.length - two.length || byName(one, two));
    }
    find("ul.names").replaceChildren(...found.slice(0, most.listed).map((name) => {
      const made = button(name);
      made.setAttribute("aria-pressed", "false");
      return element("li", {}, made);
    }));
    find(".count").textContent = found.length + " of " + names.length + (found.length > most.listed ? ", the first " + most.listed + " are listed" : "");
    return found;
  }
  function matrix(found) {
    const all = found.filter((name) => callsOf.has(name));
    const callers = all.slice(0, most.rows);
    const called = [...new Set(callers.flatMap((caller) => callsOf.get(caller).map(({ api }) => api)))];
    const apis = called.slice(0, most.columns);
    const row = (caller) => {
      const cells = grouped(callsOf.get(caller), (grant) => grant.api);
      return element("tr", {}, element("th", { scope: "row" }, caller), ...apis.map((api) => element("td", {}, ...(cells.get(api) || [])
        .map(({ role, because, isNew }) => element("span", { title: because, ...(isNew ? { class: "new" } : {}) }, role)))));
    };
    find("table.matrix").replaceChildren(
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "caller \\\\ API"), ...apis.map((api) => element("th", { scope: "col" }, api)))),
      element("tbody", {}, ...callers.map(row)));
    find("div.matrix").classList.toggle("wide", apis.length > 7);
    find("div.matrix").classList.toggle("short", callers.length <= 15);
    find(".cut").textContent = callers.length < all.length || apis.length < called.length
      ? "The matrix shows " + callers.length + " of " + all.length + " callers and " + apis.length + " of the " + called.length + " APIs that they call. The search selects others." : "";
  }
  function search() {
    words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const found = list();
    matrix(found);
    for (const row of part.querySelectorAll("table.filtered > tbody > tr")) row.hidden = words.length > 0 && !fits(row.textContent.toLowerCase());
    if (words.length > 0 && found.length > 0) choose(found.find(fitsName) || found[0]);
  }
  // A box of a picture: a service, other callers or APIs of one, or a cluster, which has a row in the table of clusters.
  function follow(title) {
    const name = names.find((each) => [each, "callers of " + each, "APIs of " + each].includes(title));
    if (name !== undefined) choose(name);
    const row = [...part.querySelectorAll("table.clusters th")].find((cell) => cell.textContent === title);
    (name === undefined && row ? row : find(".neighbourhood")).scrollIntoView({ block: "nearest" });
  }
  part.addEventListener("click", (event) => {
    const box = event.target.closest("figure:not(.paths) svg .node");
    if (box) follow(box.querySelector("title").textContent);
    const chosen = event.target.closest("button[data-service]");
    if (!chosen) return;
    choose(chosen.textContent);
    if (chosen.closest("table")) find(".neighbourhood").scrollIntoView({ block: "nearest" });
  });
  filter.addEventListener("input", search);
  search();
  const first = find("script.services").dataset.first;
  if (names.includes(first)) choose(first);
}
for (const part of document.querySelectorAll(".stack")) start(part);
`;
