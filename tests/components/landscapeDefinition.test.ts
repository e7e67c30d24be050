import path from "node:path";
import ts from "typescript";
import { LandscapeError, parseLandscape } from "../../components/landscapeDefinition";

/** What the compiler says of a landscape file, by line. */
function compile(calls: string): string[] {
  const file = path.resolve(__dirname, "../../stacks/compiled.ts");
  const source = `import { defineLandscape } from "../components/landscapeDefinition";
defineLandscape({
  orders: { description: "Takes orders.", appRoles: { "Orders.Read": { description: "Read." }, "Orders.List": { description: "List.", retired: true } } },
  billing: {
    description: "Writes invoices.",
    appRoles: { "Invoices.Write": { description: "Write." } },
    calls: ${calls},
  },
});`;
  const { config } = ts.readConfigFile(path.resolve(__dirname, "../../tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, path.resolve(__dirname, "../.."));
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : read.call(host, name, ...rest);
  const program = ts.createProgram([file], { ...options, noEmit: true }, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " ").replace(/\s+/g, " "));
}

describe("defineLandscape at compile time", () => {
  it("takes a declared role of a declared service", () => {
    expect(compile('{ orders: { roles: ["Orders.Read"], because: "Lists what was ordered." } }')).toEqual([]);
  });

  it("refuses a typing error in a role, and offers the role that exists", () => {
    expect(compile('{ orders: { roles: ["Orders.Raed"], because: "Lists what was ordered." } }')).toEqual([
      "Type '\"Orders.Raed\"' is not assignable to type '\"Orders.Read\"'.",
    ]);
  });

  it("refuses a retired role", () => {
    expect(compile('{ orders: { roles: ["Orders.List"], because: "Lists what was ordered." } }')).toEqual([
      "Type '\"Orders.List\"' is not assignable to type '\"Orders.Read\"'.",
    ]);
  });

  it("refuses a call to a service that is not there", () => {
    const [problem, ...others] = compile('{ order: { roles: ["Orders.Read"], because: "Lists orders." } }');
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

  it("lists every problem with its place, and what exists instead", () => {
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
      'services.reporting.calls.orders.roles[0]: "orders" has no app role "Orders.Raed"; its roles are "Orders.Read"',
      'services.reporting.calls.orders.roles[2]: "Orders.Read" is named twice',
      'services.reporting.calls.order: there is no service "order"; the services are "orders", "reporting", "web"',
      "services.reporting.calls.reporting: a service does not call itself through Entra; remove the call",
      'services.web.calls.reporting.roles[0]: "reporting" has no app role "Any"; it exposes none, and so cannot be called',
    ]);
  });

  it.each([
    [
      "a service's name",
      { services: { Orders: { description: "x", appRoles: {} } } },
      "services.Orders is no possible name; allowed: 1 to 40 lowercase letters, digits and single hyphens, beginning with a letter",
    ],
    [
      "a missing reason",
      landscape({ orders: { roles: ["Orders.Read"] } }),
      "services.reporting.calls.orders.because is missing; allowed: text",
    ],
    [
      "an empty list of roles",
      landscape({ orders: { roles: [], because: "x" } }),
      "services.reporting.calls.orders.roles is []; allowed: a list of at least 1",
    ],
    [
      "a day that does not exist",
      landscape({ orders: { roles: ["Orders.Read"], because: "x", until: "2027-02-29" } }),
      'services.reporting.calls.orders.until is "2027-02-29"; allowed: a date that exists, written like 2027-03-31',
    ],
    ["an unknown key", landscape({}, { owner: "me" }), "services.reporting.owner is no part of a landscape"],
    ["no object", 7, "it is 7; allowed: keys and values"],
  ])("names the place of %s", (_what, data, problem) => {
    expect(problemsOf(data)).toEqual([problem]);
  });
});
