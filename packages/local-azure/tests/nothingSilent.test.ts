import { isDeepStrictEqual } from "node:util";
import { type Operation, servedOperations } from "../parity/servedOperations";
import { fullBody } from "./sweep/fullBodies";
import type { Got } from "./sweep/inProcess";
import { type SweptAzure, sweptAzure } from "./sweep/objects";

/**
 * The local Azure refuses anything that it does not know, in the format of the API, with a message that names it. Each served
 * operation gets requests with one unknown part. Values of members of bodies are the subject of sweep/everyMember.test.ts.
 */
// Each test sends requests to about 230 operations.
jest.setTimeout(60_000);

let azure: SweptAzure;
let operations: Operation[];
const urls = new Map<Operation, string>();

beforeAll(async () => {
  [azure, operations] = [await sweptAzure(), await servedOperations()];
  for (const operation of operations) urls.set(operation, await azure.url(operation));
});

interface Probe {
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly text?: string;
  /** Whether the query alone has the API version. Default: the newest one is added. */
  readonly unversioned?: boolean;
  readonly tail?: string;
  readonly method?: string;
}

async function ask(
  operation: Operation,
  { query, headers, json, text, unversioned, tail = "", method }: Probe,
): Promise<Got> {
  const [path = "", version] = (urls.get(operation) ?? "").split("?");
  const parameters = [unversioned ? undefined : version, query].filter((each) => each !== undefined).join("&");
  return azure.send(operation.api, method ?? operation.method, `${path}${tail}${parameters ? `?${parameters}` : ""}`, {
    headers: { "x-identity-header": azure.identityHeader, ...headers },
    ...(json === undefined ? {} : { json }),
    ...(text === undefined ? {} : { text }),
  });
}

const textOf = ({ body }: Got): string => body?.error?.message ?? body?.error_description ?? body?.message ?? "";

async function silent(
  probeOf: (operation: Operation) => Probe | undefined,
  refusal: RegExp,
  chosen: (operation: Operation) => boolean = () => true,
): Promise<string[]> {
  const found: string[] = [];
  for (const operation of operations.filter(chosen)) {
    const probe = probeOf(operation);
    if (!probe) continue;
    const { api, method, path } = operation;
    const answer = await ask(operation, probe);
    const refused = answer.status >= 400 && answer.status < 500 && (method === "HEAD" || refusal.test(textOf(answer)));
    if (!refused) found.push(`${api}: ${probe.method ?? method} ${path}: ${answer.status} ${textOf(answer)}`);
  }
  return found;
}

/** Operations of the APIs themselves. Discovery is excluded: HTTP allows servers to ignore such headers there. */
const ofApis = ({ api, path }: Operation) =>
  ["Microsoft Graph", "Resource Manager", "Key Vault"].includes(api) && path !== "/metadata/endpoints";
const ofGraph = ({ api }: Operation) => api === "Microsoft Graph";
const writes = ({ method }: Operation) => ["POST", "PUT", "PATCH"].includes(method);

describe("an operation refuses, and names", () => {
  it("an unknown parameter, except in token requests (RFC 6749, section 3.2)", async () => {
    const isTokenRequest = ({ path }: Operation) => /\/token$/.test(path) && path.startsWith("/{tenant}");
    const found = await silent(
      () => ({ query: "unknownParameter=1" }),
      /unknownParameter/,
      (operation) => !isTokenRequest(operation),
    );
    expect(found).toEqual([]);
  });

  it("an API version that is given twice", async () => {
    const has = (operation: Operation) => urls.get(operation)?.includes("api-version=") === true;
    expect(await silent(() => ({ query: "api-version=7.6" }), /api-version|API version/, has)).toEqual([]);
  });

  it.each([
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "prefer",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "content-encoding",
    "x-ms-authorization-auxiliary",
  ])("the header %s, which would change the meaning of the request", async (header) => {
    expect(await silent(() => ({ headers: { [header]: "other" } }), new RegExp(header, "i"), ofApis)).toEqual([]);
  });

  it("an option for lists in a request for one object in Graph", async () => {
    const isObject = ({ api, method, path }: Operation) =>
      api === "Microsoft Graph" && method === "GET" && /\}$|Policy$/.test(path);
    expect(await silent(() => ({ query: "$top=1" }), /\$top/, isObject)).toEqual([]);
  });

  it("a ConsistencyLevel that Graph does not know", async () => {
    const found = await silent(() => ({ headers: { consistencylevel: "strong" } }), /ConsistencyLevel/, ofGraph);
    expect(found).toEqual([]);
  });

  it("an unknown member of the body, even if it expects no body", async () => {
    const bodies = (operation: Operation) => ofApis(operation) && (writes(operation) || operation.method === "DELETE");
    expect(await silent(() => ({ json: { unknownMember: 1 } }), /unknownMember/, bodies)).toEqual([]);
  });

  it.each<[string, Probe, RegExp]>([
    ["a body that is a list", { text: "[{}]" }, /received array/],
    ["a body that is a text", { text: '"text"' }, /received string/],
    ["a body that ends early", { text: "{" }, /JSON/],
    ["a member that occurs twice", { text: '{"a":[{"b":1}],"\\u0061":2}' }, /The member 'a' occurs twice/],
    [
      "a charset other than UTF-8",
      { text: "{}", headers: { "content-type": "application/json; charset=utf-16" } },
      /utf-16/,
    ],
    ["an announced part of a body", { text: "{}", headers: { "content-range": "bytes 0-1/2" } }, /content-range/],
  ])("%s", async (_title, probe, refusal) => {
    const readsBody = (operation: Operation) =>
      ofApis(operation) && writes(operation) && !/\/(register|purge|restore|recover|backup)$/.test(operation.path);
    const headers = { "content-type": "application/json", ...probe.headers };
    expect(await silent(() => ({ ...probe, headers }), refusal, readsBody)).toEqual([]);
  });

  it.each<[string, Probe, RegExp]>([
    ["a size of pages that is no whole number", { query: "$top=1e2" }, /\$top|page size '1e2'/],
    ["an empty size of pages", { query: "$top=" }, /\$top|page size ''/],
    ["a page that was not given out", { query: "$skiptoken=1e1" }, /\$skiptoken/],
    ["an empty page", { query: "$skiptoken=" }, /\$skiptoken/],
    ["a property that the rows do not have, also of an empty list", { query: "$select=nosuch" }, /\$select|nosuch/],
    ["an empty selection", { query: "$select=" }, /\$select|property named ''/],
    ["a relation that the rows do not have, also of an empty list", { query: "$expand=nosuch" }, /\$expand/],
    ["an order", { query: "$orderby=id" }, /\$orderby/],
    ["rows to pass over", { query: "$skip=1" }, /\$skip/],
    ["a size of pages of Key Vault that is no whole number", { query: "maxresults=1e1" }, /maxresults/],
  ])("%s", async (_title, probe, refusal) => {
    const isRead = (operation: Operation) => operation.method === "GET" && ofApis(operation);
    const headers = ({ path }: Operation): Record<string, string> =>
      path.endsWith("$count") ? { consistencylevel: "eventual" } : {};
    expect(await silent((each) => ({ ...probe, headers: headers(each) }), refusal, isRead)).toEqual([]);
  });

  it.each(["accept", "odata-version", "odata-maxversion"])("another format of Graph's answers, in %s", async (name) => {
    const value = name === "accept" ? "application/json;odata.metadata=none" : "3.0";
    expect(await silent(() => ({ headers: { [name]: value } }), new RegExp(name, "i"), ofGraph)).toEqual([]);
  });

  it("an API version to come, a preview of one, and none", async () => {
    const has = (operation: Operation) => urls.get(operation)?.includes("api-version=") === true;
    for (const query of ["api-version=2099-01-01", "api-version=2026-02-01-preview", "api-version=", ""]) {
      const found = await silent(() => ({ query, unversioned: true }), /api-version|API version/, has);
      expect([query, found]).toEqual([query, []]);
    }
  });

  it("a body in a format other than JSON", async () => {
    const xml = { json: { a: 1 }, headers: { "content-type": "text/xml" } };
    expect(
      await silent(
        () => xml,
        /Unsupported Media Type/,
        (each) => ofApis(each) && writes(each),
      ),
    ).toEqual([]);
  });
});

describe("a message says that the local Azure does not support", () => {
  /** Whether a path and a method belong to an operation. One more part after a list addresses an object. */
  const isServed = ({ api, path }: Operation, method: string, tail = "") =>
    operations.some((each) => each.api === api && each.method === method && template(each.path).test(path + tail));
  const template = (path: string) => new RegExp(`^${path.replace(/[.$]/g, "\\$&").replace(/\{\w+\}/g, "[^/]+")}$`, "i");

  it.each(["GET", "POST", "PUT", "PATCH", "DELETE"])(
    "the method %s at a path that supports only others",
    async (method) => {
      const found = await silent(
        (each) => (isServed(each, method) ? undefined : { method }),
        /does not serve|serves only/,
      );
      expect(found).toEqual([]);
    },
  );

  it("a path that is longer than the operation's", async () => {
    const tail = "/unknownTail";
    const found = await silent(
      (each) => (isServed(each, each.method, tail) ? undefined : { tail }),
      /does not serve|serves only/,
    );
    expect(found).toEqual([]);
  });
});

describe("in the path, an operation refuses", () => {
  const withPart = async (chosen: RegExp, part: string): Promise<string[]> => {
    const found: string[] = [];
    for (const operation of operations.filter(ofApis)) {
      const places = operation.path.split("/").flatMap((each, at) => (chosen.test(each) ? [at] : []));
      for (const at of places) {
        const [path = "", version] = (urls.get(operation) ?? "").split("?");
        const url = [path.split("/").with(at, part).join("/"), version].filter(Boolean).join("?");
        const json = writes(operation) ? fullBody(operation, azure.names, url) : undefined;
        const { status, body } = await azure.send(operation.api, operation.method, url, { json });
        // Deleting what is not there is no error in Resource Manager.
        const isNothing = status === 204 && operation.method === "DELETE";
        if (!isNothing && (status < 400 || status >= 500))
          found.push(`${operation.method} ${url}: ${status} ${JSON.stringify(body)}`);
        if (status < 300) await azure.reset();
      }
    }
    return found;
  };

  it("a name that its type cannot have", async () => {
    expect(await withPart(/^\{(?!id\}|namespace\}|type\}|childType\}|child\})\w+\}$/, "a*b")).toEqual([]);
  });

  it("a part with an escaped slash", async () => {
    expect(await withPart(/^\{\w+\}$/, "a%2Fb")).toEqual([]);
  });

  it("a resource group that does not exist", async () => {
    const isNew = (text: string) => /^PUT \/subscriptions\/[^/]+\/resourceGroups\/nosuch\?/.test(text);
    expect((await withPart(/^\{group\}$/, "nosuch")).filter((each) => !isNew(each))).toEqual([]);
  });
});

describe("in another spelling of its path, an operation answers in the same way:", () => {
  it.each<[string, (path: string) => string]>([
    ["with a slash at its end", (path) => `${path}/`],
    ["with two slashes", (path) => path.replace(/\/(?=[^/]*$)/, "//")],
    ["with two slashes at its beginning", (path) => `/${path}`],
    [
      "with an escape that it does not need",
      (path) => path.replace(/(\w)(?=[^/]*$)/, (character) => `%${character.charCodeAt(0).toString(16)}`),
    ],
  ])("%s", async (_title, spelled) => {
    const found: string[] = [];
    const outline = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value ?? null).replaceAll(/[0-9a-f-]{32,36}|\d{4}-\d\d-\d\dT[\d:.]+Z?|eyJ[\w.-]+/gi, "…"),
      );
    for (const operation of operations.filter(({ method }) => method === "GET")) {
      const url = urls.get(operation) ?? "";
      const [path = "", version] = url.split("?");
      const options = { headers: { "x-identity-header": azure.identityHeader } };
      const usual = await azure.send(operation.api, "GET", url, options);
      const other = await azure.send(operation.api, "GET", [spelled(path), version].filter(Boolean).join("?"), options);
      if (other.status !== usual.status || !isDeepStrictEqual(outline(other.body), outline(usual.body)))
        found.push(`${operation.path}: ${other.status} ${JSON.stringify(other.body)}`);
    }
    expect(found).toEqual([]);
  });

  it("so that a role assignment has one id", async () => {
    const path = `${azure.subscription.path}/providers/Microsoft.Authorization/roleAssignments/6f3c1b0e-5a77-4a51-8d3c-2f0f5d9a0009`;
    const properties = {
      roleDefinitionId: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
      principalId: azure.names.servicePrincipals,
    };
    for (const spelled of [`/${path}/`, path.replace("/providers", "//providers"), path.replace("roleA", "role%41")]) {
      const { body } = await azure.send("Resource Manager", "PUT", `${spelled}?api-version=2022-04-01`, {
        json: { properties },
      });
      expect(body.id).toBe(path);
    }
    const scope = { roleId: properties.roleDefinitionId, principalId: properties.principalId };
    expect(azure.subscription.access.all()).toContainEqual(expect.objectContaining({ ...scope, id: path }));
  });
});
