import path from "node:path";
import { compile } from "@microservice-identities/test-support/compile";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { LandscapeError, parseLandscape } from "../../components/landscapeDefinition";

/** Compiles a landscape with these calls. @returns the compiler's errors */
function problemsOf(calls: string): string[] {
  const source = `import { defineLandscape } from "../components/landscapeDefinition";
defineLandscape({
  orders: { description: "Takes orders.", appRoles: { "Orders.Read": { description: "Read." }, "Orders.List": { description: "List.", retired: true } } },
  billing: {
    description: "Writes invoices.",
    appRoles: { "Invoices.Write": { description: "Write." } },
    calls: ${calls},
  },
}, {
  apis: { graph: { clientId: "00000003-0000-0000-c000-000000000000", appRoles: ["User.Read.All"] } },
  landscapes: { finance: { ledger: { "Ledger.Write": { description: "Write." } } } },
});`;
  const file = path.join(projectFolder, "stacks/compiled.ts");
  return compile(new Map([[file, source]])).map(({ message }) => message.replace(/\s+/g, " "));
}

describe("defineLandscape at compile time", () => {
  it("accepts a declared role of a declared service", () => {
    expect(problemsOf('{ orders: { roles: ["Orders.Read"], because: "Lists what was ordered." } }')).toEqual([]);
  });

  it("refuses a misspelt role, and suggests the existing role", () => {
    expect(problemsOf('{ orders: { roles: ["Orders.Raed"], because: "Lists what was ordered." } }')).toEqual([
      "Type '\"Orders.Raed\"' is not assignable to type '\"Orders.Read\"'.",
    ]);
  });

  it("refuses a retired role", () => {
    expect(problemsOf('{ orders: { roles: ["Orders.List"], because: "Lists what was ordered." } }')).toEqual([
      "Type '\"Orders.List\"' is not assignable to type '\"Orders.Read\"'.",
    ]);
  });

  it("accepts declared roles of an existing API, and of another landscape's service", () => {
    expect(
      problemsOf(`{
        graph: { roles: ["User.Read.All"], because: "Looks people up." },
        "finance/ledger": { roles: ["Ledger.Write"], because: "Books invoices." },
      }`),
    ).toEqual([]);
  });

  it.each([
    ["graph", "User.Read", "User.Read.All"],
    ["finance/ledger", "Ledger.Read", "Ledger.Write"],
  ])("refuses a role that %s does not have", (api, role, existing) => {
    expect(problemsOf(`{ "${api}": { roles: ["${role}"], because: "Tries." } }`)).toEqual([
      `Type '"${role}"' is not assignable to type '"${existing}"'.`,
    ]);
  });

  it("refuses a call to a service that does not exist", () => {
    const [problem, ...others] = problemsOf('{ order: { roles: ["Orders.Read"], because: "Lists orders." } }');
    expect(others).toEqual([]);
    expect(problem).toMatch(/'order' does not exist in type .* Did you mean to write 'orders'\?$/);
  });
});

describe("parseLandscape", () => {
  const landscape = (calls: object, more: object = {}) => ({
    services: {
      orders: { description: "Takes orders.", appRoles: { "Orders.Read": { description: "Read." } } },
      reporting: { description: "Reports.", appRoles: {}, calls, ...more },
    },
  });
  const problemsOf = (data: unknown): readonly string[] => {
    try {
      parseLandscape(data, "landscape.yaml");
    } catch (error) {
      if (error instanceof LandscapeError) return error.problems;
      throw error;
    }
    return [];
  };

  it("lists every problem with its place, and the names that exist", () => {
    expect(
      problemsOf({
        services: {
          orders: { description: "Takes orders.", appRoles: { "Orders.Read": { description: "Read." } } },
          reporting: {
            description: "Reports.",
            appRoles: {},
            calls: {
              orders: { roles: ["Orders.Raed", "Orders.Read", "Orders.Read"], because: "Counts." },
              order: { roles: ["Orders.Read"], because: "Counts." },
              reporting: { roles: ["Any"], because: "Itself." },
            },
          },
          web: { description: "Shows.", appRoles: {}, calls: { reporting: { roles: ["Any"], because: "Shows." } } },
        },
      }),
    ).toEqual([
      'services.reporting.calls.orders.roles[0]: "orders" has no app role "Orders.Raed". Did you mean "Orders.Read"? Its roles are "Orders.Read"',
      'services.reporting.calls.orders.roles[2]: "Orders.Read" is named twice; remove one of the two',
      'services.reporting.calls.order: there is no service "order". Did you mean "orders"? The services are "orders", "reporting", "web"',
      "services.reporting.calls.reporting: a service does not call itself through Entra; remove the call",
      'services.web.calls.reporting.roles[0]: "reporting" has no app role "Any". It exposes no roles, so it cannot be called: remove this',
    ]);
  });

  it("lists problems with callers from other landscapes and with existing APIs", () => {
    expect(
      problemsOf({
        services: {
          orders: {
            description: "Takes orders.",
            appRoles: { "Orders.Read": { description: "Read." } },
            calls: {
              "finance/": { roles: ["Any"], because: "Tries." },
              graph: { roles: ["User.Read"], because: "Tries." },
              "finance/ledger": { roles: ["Any"], because: "Known at the deployment." },
            },
            allowedCallers: { "finance/ledger": ["Orders.Write"] },
          },
        },
        apis: {
          orders: { clientId: "7f0a2c7e-3f0b-4d63-9d0a-2c5b3cf1a001", appRoles: ["Any"] },
          graph: { clientId: "00000003-0000-0000-c000-000000000000", appRoles: ["User.Read.All"] },
        },
      }),
    ).toEqual([
      'services.orders.calls["finance/"]: "finance/" is not a service of another landscape; allowed: a landscape\'s and a service\'s name, like finance/ledger',
      'services.orders.calls.graph.roles[0]: "graph" has no app role "User.Read". Its roles are "User.Read.All"',
      'services.orders.allowedCallers["finance/ledger"][0]: "orders" has no app role "Orders.Write". Its roles are "Orders.Read"',
      'apis.orders: "orders" is already the name of a service; choose another name',
    ]);
    expect(problemsOf({ ...landscape({}), apis: { graph: { clientId: "graph", appRoles: ["Any"] } } })).toEqual([
      'apis.graph.clientId is "graph"; allowed: a GUID',
    ]);
    expect(
      problemsOf({ services: { orders: { description: "x", appRoles: {}, allowedCallers: { ledger: ["Any"] } } } }),
    ).toEqual([
      "services.orders.allowedCallers.ledger is not an allowed name; allowed: a landscape's and a service's name, like finance/ledger",
      'services.orders.allowedCallers.ledger[0]: "orders" has no app role "Any". It exposes no roles, so it cannot be called: remove this',
    ]);
  });

  it.each([
    [
      "a service's name",
      { services: { Orders: { description: "x", appRoles: {} } } },
      "services.Orders is not an allowed name; allowed: 1 to 40 lowercase letters, digits and single hyphens, beginning with a letter",
    ],
    [
      "a missing reason",
      landscape({ orders: { roles: ["Orders.Read"] } }),
      "services.reporting.calls.orders.because is missing; allowed: text of 1 to 500 characters",
    ],
    [
      "an empty list of roles",
      landscape({ orders: { roles: [], because: "x" } }),
      'services.reporting.calls.orders.roles is []; allowed: a list of at least one role, for example ["Orders.Read"]',
    ],
    [
      "a day that does not exist",
      landscape({ orders: { roles: ["Orders.Read"], because: "x", until: "2027-02-29" } }),
      'services.reporting.calls.orders.until is "2027-02-29"; allowed: a date that exists, written like 2027-03-31',
    ],
    [
      "an unknown key",
      landscape({}, { owner: "me" }),
      "services.reporting.owner is unknown; allowed here: description, appRoles, calls, allowedCallers",
    ],
    ["no object", 7, "the content is 7; allowed: the key services, with at least one service"],
  ])("names the place of %s", (_what, data, problem) => {
    expect(problemsOf(data)).toEqual([problem]);
  });

  const described = { description: "A service." };
  const role = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { description: "Do it." }]));
  const call = (...roles: string[]) => ({ roles, because: "It has to." });

  it("names both places if two of them lead to the same resource name in Pulumi", () => {
    expect(
      problemsOf({
        services: {
          data: { ...described, appRoles: role("api-reader") },
          "data-api": { ...described, appRoles: role("reader") },
          a: {
            ...described,
            appRoles: {},
            calls: { "b-calls-c": call("Read"), b: call("c-Write"), "b-c": call("Write") },
          },
          "a-calls-b": { ...described, appRoles: {}, calls: { c: call("Read") } },
          b: { ...described, appRoles: role("c-Write") },
          "b-c": { ...described, appRoles: role("Write") },
          c: { ...described, appRoles: role("Read") },
          "b-calls-c": { ...described, appRoles: role("Read") },
        },
      }),
    ).toEqual([
      'services.data-api.appRoles.reader and services.data.appRoles.api-reader would both become the resource "data-api-reader-id"; choose another name for one of them',
      'services.a.calls.b-c.roles: "Write" and services.a.calls.b.roles: "c-Write" would both become the resource "a-calls-b-c-Write"; choose another name for one of them',
      'services.a-calls-b.calls.c and services.a.calls.b-calls-c would both become the resource "a-calls-b-calls-c"; choose another name for one of them',
      'services.a-calls-b.calls.c.roles: "Read" and services.a.calls.b-calls-c.roles: "Read" would both become the resource "a-calls-b-calls-c-Read"; choose another name for one of them',
      'services.b-c.appRoles.Write and services.b.appRoles.c-Write would both become the resource "b-c-Write-id"; choose another name for one of them',
    ]);
  });

  it("refuses roles that differ only in case, and two names for one existing API", () => {
    const graph = { clientId: "00000003-0000-0000-c000-000000000000", appRoles: ["User.Read.All"] };
    expect(
      problemsOf({
        services: { a: { ...described, appRoles: role("Read", "read") } },
        apis: { graph, directory: { ...graph, clientId: graph.clientId.toUpperCase() } },
      }),
    ).toEqual([
      "apis.directory and apis.graph have the same clientId; keep one of them, with the roles of both",
      'services.a.appRoles: "read" and "Read" differ only in case; rename one of them',
    ]);
  });

  it("accepts as many entries as Entra allows in a registration, and refuses one more of each kind", () => {
    const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    /** A service that calls `services` services and `existing` existing APIs with one role each, and one API with `roles` roles. */
    const caller = (services: number, existing: number, roles: number) => ({
      services: {
        ...Object.fromEntries(names("s", services).map((name) => [name, { ...described, appRoles: role("Read") }])),
        wide: { ...described, appRoles: role(...names("r", Math.max(roles, 1))) },
        caller: {
          ...described,
          appRoles: {},
          calls: {
            ...Object.fromEntries([...names("s", services), ...names("e", existing)].map((api) => [api, call("Read")])),
            ...(roles > 0 ? { wide: call(...names("r", roles)) } : {}),
          },
        },
      },
      ...(existing > 0
        ? {
            apis: Object.fromEntries(
              names("e", existing).map((name, index) => [
                name,
                { clientId: `00000000-0000-4000-8000-${`${index}`.padStart(12, "0")}`, appRoles: ["Read"] },
              ]),
            ),
          }
        : {}),
    });
    expect([caller(50, 0, 0), caller(40, 10, 0), caller(39, 10, 351), caller(0, 0, 400)].flatMap(problemsOf)).toEqual(
      [],
    );
    expect(problemsOf(caller(51, 0, 0))).toEqual([
      "services.caller.calls: it calls 51 APIs; allowed by Entra: 50. Divide these calls among several services",
    ]);
    expect(problemsOf(caller(0, 11, 0))).toEqual([
      "services.caller.calls: it calls 11 APIs of other tenants; allowed by Entra: 10. Divide these calls among several services",
    ]);
    expect(problemsOf(caller(0, 0, 401))).toEqual([
      "services.caller.calls: it is granted 401 app roles; allowed by Entra: 400. Divide these calls among several services",
    ]);
    expect(problemsOf({ services: { a: { ...described, appRoles: role(...names("r", 1001)) } } })).toEqual([
      "services.a.appRoles: it exposes 1001 app roles; allowed by Entra: 1000. Divide the API among several services",
    ]);
  });
});
