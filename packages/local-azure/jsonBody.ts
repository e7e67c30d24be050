import type { FastifyInstance } from "fastify";

/**
 * Reads JSON as Azure does: a body can be empty, because some clients announce JSON and send none, and no member occurs twice,
 * because one of its values would be lost.
 */
export function withAzuresJson<App extends Pick<FastifyInstance, "addContentTypeParser">>(app: App): App {
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, text, done) => {
    const [, charset = "utf-8"] = /;\s*charset="?([^;"\s]+)/i.exec(request.headers["content-type"] ?? "") ?? [];
    if (charset.toLowerCase() !== "utf-8")
      return done(refusal(415, `The charset '${charset}' is not served, only utf-8.`));
    try {
      const body = text === "" ? undefined : JSON.parse(String(text));
      const twice = repeatedMember(String(text));
      if (twice !== undefined) return done(refusal(400, `The member '${twice}' occurs twice in one object.`));
      done(null, body);
    } catch (error) {
      done(Object.assign(error as Error, { statusCode: 400 }));
    }
  });
  return app;
}

const refusal = (statusCode: number, message: string): Error => Object.assign(new Error(message), { statusCode });

/** The first name that occurs twice in one object. @param text JSON that can be parsed */
export function repeatedMember(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (const [token, name] of text.matchAll(/[{}[\]]|("(?:[^"\\]|\\.)*")\s*:?/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (name !== undefined && token.endsWith(":")) {
      const member = JSON.parse(name) as string;
      const names = open.at(-1);
      if (names?.has(member)) return member;
      names?.add(member);
    }
  }
  return undefined;
}
