import type { FastifyRequest } from "fastify";

const key = /^(appId|uniqueName)='((?:[^']|'')*)'$/;

/**
 * OData allows the key of an object in parentheses: `applications('{id}')`, `applications(appId='{id}')`. The routes expect it
 * as a separate part of the path: `applications/{id}`, `applications/appId='{id}'`.
 */
export const withoutParentheses = (url: string): string =>
  url.replace(
    /\/(applications|servicePrincipals)\((?:'([^'/]*)'|((?:appId|uniqueName)(?:=|%3D)[^)/]*))\)/gi,
    (_, collection: string, id?: string, named?: string) => `/${collection}/${id ?? named}`,
  );

/** The value of an alternate key in a part of a path; undefined for another key or an object id. */
export function keyOf(part: string, name: "appId" | "uniqueName"): string | undefined {
  const [, given, value = ""] = key.exec(part) ?? [];
  return given === name ? value.replaceAll("''", "'") : undefined;
}

/** https://learn.microsoft.com/graph/api/application-upsert */
export const isUpsert = ({ headers: { prefer } }: FastifyRequest): boolean =>
  String(prefer ?? "")
    .toLowerCase()
    .split(",")
    .some((each) => each.trim() === "create-if-missing");
