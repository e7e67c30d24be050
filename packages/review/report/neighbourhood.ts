import type { AccessModel } from "../accessModel";
import type { AccessChange } from "../change";
import { keyOf } from "../subject";
import { visible } from "./visible";

/** The landscape as data for the page's script: each name once, and grants as numbers. */
export function landscapeData({ services, grants }: AccessModel, change: AccessChange | undefined): string {
  const names = [...new Set([...services, ...grants.flatMap(({ caller, api }) => [caller, api])])];
  const numbers = new Map(names.map((name, index) => [name, index]));
  const added = new Set((change?.grants.added ?? []).map(({ caller, api, role }) => keyOf(caller, api, role)));
  const rows = grants.map(({ caller, api, role, because = "" }) => [
    numbers.get(caller),
    numbers.get(api),
    visible(role),
    visible(because),
    ...(added.has(keyOf(caller, api, role)) ? [1] : []),
  ]);
  // In a script element, only the end tag and a comment can end the data.
  return JSON.stringify({ names: names.map(visible), grants: rows })
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e");
}

/** The service that is shown first: the changed one, otherwise the one with the most calls. */
export function firstShown({ grants }: AccessModel, change: AccessChange | undefined): string | undefined {
  const [changed] = [...(change?.grants.added ?? []), ...(change?.grants.removed ?? [])];
  if (changed) return changed.caller;
  const counts = new Map<string, number>();
  for (const { caller, api } of grants) for (const name of [caller, api]) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

/** Runs in the browser: draws a service between its callers and its APIs, filters, and shows the result as a matrix. */
export const neighbourhoodScript = `
const { names, grants } = JSON.parse(document.querySelector("#landscape").textContent);
const byId = (id) => document.getElementById(id);
const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};
const words = () => byId("filter").value.toLowerCase().split(/\\s+/).filter(Boolean);
const fits = (text) => words().every((word) => text.toLowerCase().includes(word));
const service = (index, roles, isNew) =>
  element("li", isNew ? { class: "new" } : {},
    element("button", { type: "button", "data-service": index }, names[index]),
    ...roles.map((role) => element("small", { title: role[3] }, role[2] + (role[4] ? " (new)" : ""))));
function column(title, of, other) {
  const neighbours = new Map();
  for (const grant of of) neighbours.set(grant[other], [...(neighbours.get(grant[other]) || []), grant]);
  const rows = [...neighbours].sort(([, one], [, two]) => two.some((each) => each[4]) - one.some((each) => each[4]));
  return element("div", {}, element("h3", {}, title + " (" + rows.length + ")"),
    element("ul", {}, ...rows.map(([index, roles]) => service(index, roles, roles.some((role) => role[4])))));
}
function choose(index) {
  const view = byId("neighbourhood");
  view.replaceChildren(
    column("Callers", grants.filter((grant) => grant[1] === index), 0),
    element("div", { class: "centre" }, element("strong", {}, names[index])),
    column("Calls", grants.filter((grant) => grant[0] === index), 1));
  for (const button of document.querySelectorAll("#services button"))
    button.setAttribute("aria-pressed", String(Number(button.dataset.service) === index));
}
function list() {
  const touched = names.map((name, index) => [name, index]).filter(([name, index]) =>
    fits(name) || grants.some((grant) => (grant[0] === index || grant[1] === index) && fits([names[grant[0]], names[grant[1]], grant[2]].join(" "))));
  // Services whose own name matches come before their neighbours; shorter names first.
  if (words().length > 0)
    touched.sort(([one], [two]) => Number(fits(two)) - Number(fits(one)) || one.length - two.length || (one < two ? -1 : 1));
  byId("services").replaceChildren(...touched.slice(0, 200).map(([name, index]) =>
    element("li", {}, element("button", { type: "button", "data-service": index, "aria-pressed": "false" }, name))));
  byId("count").textContent = touched.length + " of " + names.length + (touched.length > 200 ? ", the first 200 are listed" : "");
  return touched.map(([, index]) => index);
}
function matrix(found) {
  const callers = found.filter((index) => grants.some((grant) => grant[0] === index)).slice(0, 60);
  const apis = [...new Set(grants.filter((grant) => callers.includes(grant[0])).map((grant) => grant[1]))].sort((one, two) => names[one] < names[two] ? -1 : 1).slice(0, 60);
  const cell = (caller, api) => element("td", {}, ...grants.filter((grant) => grant[0] === caller && grant[1] === api)
    .map((grant) => element("span", { title: grant[3], ...(grant[4] ? { class: "new" } : {}) }, grant[2])));
  byId("matrix").replaceChildren(
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "caller \\\\ API"), ...apis.map((api) => element("th", { scope: "col" }, names[api])))),
    element("tbody", {}, ...callers.map((caller) => element("tr", {}, element("th", { scope: "row" }, names[caller]), ...apis.map((api) => cell(caller, api))))));
}
function search() {
  const found = list();
  matrix(found);
  for (const row of document.querySelectorAll("table.filtered tbody tr")) row.hidden = !fits(row.textContent);
  if (words().length > 0 && found.length > 0) choose(found.find((index) => fits(names[index])) ?? found[0]);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-service]");
  if (button) choose(Number(button.dataset.service));
});
byId("filter").addEventListener("input", search);
search();
const first = names.indexOf(byId("landscape").dataset.first);
if (first >= 0) choose(first);
`;
