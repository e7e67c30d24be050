import { servedOperations } from "../../parity/servedOperations";
import { type SweptAzure, sweptAzure } from "./objects";

/** A request for a token with one wrong part: what Entra would pass over without effect, or would take for another request. */
let azure: SweptAzure;
let endpoints: string[];
let form: Record<string, string>;

beforeAll(async () => {
  azure = await sweptAzure();
  const served = (await servedOperations()).filter(({ method, path }) => method === "POST" && /\/token$/.test(path));
  endpoints = await Promise.all(served.map((operation) => azure.url(operation)));
  const { clientId: client_id, secret: client_secret } = azure.deployer;
  const api = "https://graph.microsoft.com";
  form = { grant_type: "client_credentials", client_id, client_secret, scope: `${api}/.default`, resource: api };
});

const ask = async (url: string, text: string, headers: Record<string, string> = {}) => {
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const { status, body } = await azure.send("Entra", "POST", url, { text, headers: { ...type, ...headers } });
  return status === 200 ? "a token" : body.error_description;
};
const encoded = (given: Record<string, string | undefined>) => {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value !== undefined) form.set(name, value);
  return form.toString();
};
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64")}`,
});
const jwt = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

it("the request without a wrong part gets a token at both endpoints", async () => {
  expect(endpoints).toHaveLength(2);
  for (const url of endpoints) expect([url, await ask(url, encoded(form))]).toEqual([url, "a token"]);
});

it.each<[string, () => Record<string, string | undefined>, RegExp]>([
  [
    "the type of an assertion without an assertion",
    () => ({ client_assertion_type: jwt }),
    /900144.*'client_assertion'/,
  ],
  [
    "an assertion beside a secret",
    () => ({ client_assertion: "a.b.c", client_assertion_type: jwt }),
    /9002313.*'client_secret', 'client_assertion'/,
  ],
  [
    "an assertion without its type",
    () => ({ client_secret: undefined, client_assertion: "a.b.c" }),
    /900144.*'client_assertion_type'/,
  ],
  ["no credential", () => ({ client_secret: undefined }), /7000216/],
  ["an empty grant", () => ({ grant_type: "" }), /900144.*'grant_type'/],
  ["the grant of a user", () => ({ grant_type: "authorization_code" }), /70003.*'authorization_code'/],
  ["a key that the token is bound to", () => ({ req_cnf: "e30" }), /9002313.*'req_cnf'/],
  ["another identity in the token", () => ({ fmi_path: "a" }), /9002313.*'fmi_path'/],
])("refused is %s", async (_title, changed, refusal) => {
  for (const url of endpoints) expect(await ask(url, encoded({ ...form, ...changed() }))).toMatch(refusal);
});

it.each(["grant_type", "client_id", "client_secret", "scope", "resource", "claims"])(
  "refused is %s, when it is given twice",
  async (name) => {
    for (const url of endpoints) {
      const text = `${encoded({ claims: "{}", ...form })}&${name}=${encodeURIComponent(form[name] ?? "{}")}`;
      expect(await ask(url, text)).toMatch(new RegExp(`9002313.*'${name}' is given more than once`));
    }
  },
);

it("refused are a secret in the header beside one in the body, and two client ids", async () => {
  const { clientId, secret } = azure.deployer;
  for (const url of endpoints) {
    const { client_secret: _, ...others } = form;
    expect(await ask(url, encoded(others), basic(clientId, secret))).toBe("a token");
    expect(await ask(url, encoded(form), basic(clientId, secret))).toMatch(/9002313.*'Authorization', 'client_secret'/);
    expect(await ask(url, encoded(others), basic(azure.names.appId ?? "", secret))).toMatch(
      /9002313.*client ids.*differ/,
    );
  }
});

it("at the endpoint of version 2.0, a resource has to be that of the scope", async () => {
  const url = endpoints.find((each) => each.includes("v2.0")) ?? "";
  expect(await ask(url, encoded({ ...form, resource: "https://vault.azure.net" }))).toMatch(/9010010/);
});

it("the managed identity endpoint refuses two names of an identity, even of the same one", async () => {
  const principal = azure.names.identityPrincipal ?? "";
  const named = { object_id: principal, principal_id: principal, client_id: azure.names.identityClient ?? "" };
  const get = async (parameters: Record<string, string>) => {
    const query = new URLSearchParams({
      "api-version": "2019-08-01",
      resource: "https://vault.azure.net",
      ...parameters,
    });
    const headers = { "x-identity-header": azure.identityHeader };
    const { status, body } = await azure.send("Managed identity", "GET", `/msi/token?${query}`, { headers });
    return status === 200 ? "a token" : body.message;
  };
  for (const [name, value] of Object.entries(named))
    expect([name, await get({ [name]: value })]).toEqual([name, "a token"]);
  const { client_id, ...objects } = named;
  expect(await get(objects)).toBe("The parameters principal_id and object_id cannot be used together.");
  expect(await get({ client_id, object_id: principal })).toBe(
    "The parameters client_id and object_id cannot be used together.",
  );
});
