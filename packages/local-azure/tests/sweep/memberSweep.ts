import { isDeepStrictEqual } from "node:util";
import type { Operation } from "../../parity/servedOperations";
import { objectsOf } from "../../state";
import { fullBody } from "./fullBodies";
import type { Got } from "./inProcess";
import { type Mutation, mutationsOf, valueAt } from "./mutations";
import type { SweptAzure } from "./objects";

/** What became of a wrong value: refused by its name, refused in words that do not name it, kept and shown, or lost without a word. */
export type Fate = "named" | "unnamed" | "kept" | "lost" | "failed";

export interface Probed extends Mutation {
  readonly operation: string;
  readonly fate: Fate;
  readonly answer: Got;
}

export interface OperationSweep {
  readonly operation: string;
  /** The members that the full body lacks. */
  readonly missing: readonly string[];
  /** The answer to the full body. */
  readonly full: Got;
  readonly probes: readonly Probed[];
  /** Whether a refused request changed the state. */
  readonly hasChanged: boolean;
}

/**
 * Sends the full body of an operation, and each of its mutations.
 *
 * @param missingNow the members that the body of the last request lacked
 */
export async function sweepMembers(
  azure: SweptAzure,
  operation: Operation,
  missingNow: () => readonly string[],
): Promise<OperationSweep | undefined> {
  const name = `${operation.method} ${operation.path}`;
  const url = await azure.url(operation);
  const body = fullBody(operation, azure.names, url);
  if (!body) return undefined;
  const send = (json: unknown) => azure.send(operation.api, operation.method, url, { json }).then(lastOfBatch);
  missingNow();
  const full = await send(body);
  const missing = missingNow();
  await azure.reset();
  const before = objectsOf(azure.tenant, azure.subscription);
  const probes: Probed[] = [];
  const add = (mutation: Mutation, fate: Fate, answer: Got) =>
    probes.push({ ...mutation, operation: name, fate, answer });
  for (const mutation of mutationsOf(body)) {
    const answer = await send(mutation.body);
    if (answer.status >= 500) add(mutation, "failed", answer);
    else if (answer.status >= 400) add(mutation, isNamed(mutation, answer) ? "named" : "unnamed", answer);
    else {
      const shown = answer.status === 204 ? await azure.send(operation.api, "GET", url) : answer;
      add(mutation, isShown(mutation, shown.body) ? "kept" : "lost", shown);
      await azure.reset();
    }
  }
  return {
    operation: name,
    missing,
    full,
    probes,
    hasChanged: !isDeepStrictEqual(objectsOf(azure.tenant, azure.subscription), before),
  };
}

/** The answer to the last request of a batch, which has the full body. */
function lastOfBatch(answer: Got): Got {
  const last = answer.body?.responses?.at(-1);
  return last === undefined ? answer : { ...answer, status: last.status, body: last.body };
}

/** Whether a refusal names the member or the value. */
function isNamed({ path, value }: Mutation, { body }: Got): boolean {
  const text = JSON.stringify(body);
  const name = path.findLast((part) => typeof part === "string");
  return text.includes(String(name)) || (typeof value === "string" && text.includes(value === "" ? "''" : value));
}

/** Whether an answer shows a value at the same place, or in a member of the same name: actions show what they made at another place. */
function isShown({ path, value }: Mutation, body: unknown): boolean {
  const names = path.filter((part) => typeof part === "string");
  return includes(valueAt(body, path), value) || membersNamed(body, names.at(-1)).some((each) => includes(each, value));
}

/** Ids and names keep their meaning in another case, and an object may have more members than the given one. */
function includes(shown: unknown, given: unknown): boolean {
  if (typeof shown === "string" && typeof given === "string") return shown.toLowerCase() === given.toLowerCase();
  if (typeof shown !== "object" || shown === null || typeof given !== "object" || given === null)
    return isDeepStrictEqual(shown ?? null, given);
  if (Array.isArray(shown) && shown.length !== (given as unknown[]).length) return false;
  return Object.entries(given).every(([name, value]) => includes((shown as Record<string, unknown>)[name], value));
}

function membersNamed(value: unknown, name: string | undefined): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [...(key === name ? [each] : []), ...membersNamed(each, name)]);
}
