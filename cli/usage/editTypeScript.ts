import ts from "typescript";
import { isNamed, newCall, type RoleEdit, without } from "./landscapeText";

/** Edits the roles of a call in a landscape in TypeScript. @returns `undefined` if the landscape does not declare the call */
export function editTypeScript(text: string, { caller, api, remove, add }: RoleEdit): string | undefined {
  const source = ts.createSourceFile("landscape.ts", text, ts.ScriptTarget.Latest, true);
  const service = servicesIn(source, caller)[0];
  if (!service) return undefined;
  const calls = property(service, "calls");
  const callsObject = calls && objectOf(calls);
  const call = callsObject?.properties.find((each) => isNamed(nameOf(each) ?? "", api));
  const callObject = call && objectOf(call);
  const roles = callObject && property(callObject, "roles");
  const list = roles && ts.isPropertyAssignment(roles) ? unwrapped(roles.initializer) : undefined;
  if (!call || !list || !ts.isArrayLiteralExpression(list)) {
    if (remove !== undefined || add === undefined || call) return undefined;
    return withNewCall(text, service, callsObject, api, add);
  }
  const held = list.elements.map((each) => (ts.isStringLiteralLike(each) ? each.text : undefined));
  if (remove !== undefined && !held.includes(remove)) return undefined;
  const kept = list.elements.filter((_, index) => held[index] !== remove).map((each) => each.getText(source));
  const added = add === undefined || held.includes(add) ? [] : [JSON.stringify(add)];
  const all = [...kept, ...added];
  if (all.length > 0) return `${text.slice(0, list.getStart(source))}[${all.join(", ")}]${text.slice(list.getEnd())}`;
  // A landscape must not contain a call without roles, so the call is removed; after the last call, `calls` is removed too.
  const gone = callsObject?.properties.length === 1 && calls ? calls : call;
  return without(text, startWithComments(text, gone), gone.getEnd());
}

function withNewCall(
  text: string,
  service: ts.ObjectLiteralExpression,
  calls: ts.ObjectLiteralExpression | undefined,
  api: string,
  role: string,
): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(api) ? api : JSON.stringify(api);
  const call = `${key}: ${newCall(role)}`;
  return calls ? inserted(text, calls, call) : inserted(text, service, `calls: { ${call} }`);
}

/** Inserts a property after the last one, with the same indentation. */
function inserted(text: string, object: ts.ObjectLiteralExpression, words: string): string {
  const last = object.properties.at(-1);
  if (!last) return `${text.slice(0, object.getEnd() - 1)} ${words} ${text.slice(object.getEnd() - 1)}`;
  const start = last.getStart();
  const indent = /^\s*/.exec(text.slice(text.lastIndexOf("\n", start - 1) + 1, start))?.[0] ?? "";
  const comma = text.slice(last.getEnd()).startsWith(",") ? 1 : 0;
  return `${text.slice(0, last.getEnd())},\n${indent}${words}${comma ? "" : ","}${text.slice(last.getEnd())}`;
}

/** The objects under a key of that name that have `appRoles`, as services do; the outermost first. */
function servicesIn(source: ts.SourceFile, name: string): ts.ObjectLiteralExpression[] {
  const found: ts.ObjectLiteralExpression[] = [];
  for (let level: ts.Node[] = [source]; level.length > 0; level = level.flatMap((node) => node.getChildren(source)))
    for (const node of level) {
      if (!ts.isPropertyAssignment(node) || nameOf(node) !== name) continue;
      const object = objectOf(node);
      if (object && property(object, "appRoles")) found.push(object);
    }
  return found;
}

const property = (object: ts.ObjectLiteralExpression, name: string) =>
  object.properties.find((each) => nameOf(each) === name);

function nameOf(node: ts.ObjectLiteralElementLike): string | undefined {
  const { name } = node;
  return name && (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) ? name.text : undefined;
}

function objectOf(node: ts.ObjectLiteralElementLike): ts.ObjectLiteralExpression | undefined {
  const value = ts.isPropertyAssignment(node) ? unwrapped(node.initializer) : undefined;
  return value && ts.isObjectLiteralExpression(value) ? value : undefined;
}

/** The expression without `as const`, `satisfies` and parentheses. */
const unwrapped = (node: ts.Expression): ts.Expression =>
  ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node)
    ? unwrapped(node.expression)
    : node;

/** A comment above the call belongs to it. */
function startWithComments(text: string, node: ts.Node): number {
  const above = (ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []).filter(
    ({ pos }) => text.slice(text.lastIndexOf("\n", pos - 1) + 1, pos).trim() === "",
  );
  return above[0]?.pos ?? node.getStart();
}
