import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import { isNamed, newCall, type RoleEdit, without } from "./landscapeText";

/** Edits the roles of a call in a landscape in YAML. @returns `undefined` if the landscape does not declare the call */
export function editYaml(text: string, { caller, api, remove, add }: RoleEdit): string | undefined {
  const document = parseDocument(text);
  const service = document.getIn(["services", caller]);
  if (document.errors.length > 0 || !isMap(service)) return undefined;
  const calls = pairIn(service, (key) => key === "calls");
  const callsMap = calls?.value;
  const call = isMap(callsMap) ? pairIn(callsMap, (key) => isNamed(key, api)) : undefined;
  const roles = isMap(call?.value) ? call.value.get("roles") : undefined;
  if (!calls || !call || !isMap(callsMap) || !isSeq(roles)) {
    if (remove !== undefined || add === undefined || call) return undefined;
    return isMap(callsMap)
      ? withPair(text, callsMap, `${JSON.stringify(api)}: ${newCall(add)}`)
      : withPair(text, service, `calls: { ${JSON.stringify(api)}: ${newCall(add)} }`);
  }
  const held = roles.items.map((item) => (isScalar(item) ? `${item.value}` : ""));
  if (remove !== undefined && !held.includes(remove)) return undefined;
  const kept = held.filter((role) => role !== remove);
  const all = [...kept, ...(add === undefined || held.includes(add) ? [] : [add])];
  if (all.length > 0) {
    const [start, end] = rangeOf(text, roles);
    const isBlock = text[start] !== "[";
    const list = isBlock ? all.map((role) => JSON.stringify(role)).join(`\n${indentAt(text, start)}- `) : undefined;
    return `${text.slice(0, start)}${list === undefined ? `[${all.map((role) => JSON.stringify(role)).join(", ")}]` : `- ${list}`}${text.slice(end)}`;
  }
  // A landscape must not contain a call without roles, so the call is removed; after the last call, `calls` is removed too.
  const gone = callsMap.items.length === 1 ? calls : call;
  return without(text, rangeOf(text, gone.key as Node)[0], rangeOf(text, gone.value as Node)[1]);
}

const pairIn = (map: YAMLMap, matches: (key: string) => boolean): Pair | undefined =>
  map.items.find(({ key }) => isScalar(key) && matches(`${key.value}`));

/** The place of a node, without the spaces and comments after it. */
function rangeOf(text: string, { range }: Node): [start: number, end: number] {
  if (!range) throw new Error("a parsed node has no range");
  // The range of a block collection ends at the beginning of the next line.
  return [range[0], range[0] + text.slice(range[0], range[1]).trimEnd().length];
}

const indentAt = (text: string, at: number): string => " ".repeat(at - (text.lastIndexOf("\n", at - 1) + 1));

function withPair(text: string, map: YAMLMap, words: string): string {
  const [start, end] = rangeOf(text, map);
  if (text[start] === "{") return `${text.slice(0, end - 1)}, ${words} ${text.slice(end - 1)}`.replace("{, ", "{ ");
  const body = text.slice(0, end).trimEnd();
  return `${body}\n${indentAt(text, start)}${words}${text.slice(body.length)}`;
}
