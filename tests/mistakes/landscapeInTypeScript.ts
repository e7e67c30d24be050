import { defineLandscape } from "../../components/landscapeDefinition";
import type { Mistake } from "./mistake";

// The compiler finds most of these mistakes. Here they are values of type `unknown`, as in a program without type checks.
const landscape = (what: string, services: unknown, elsewhere: unknown, ...message: string[]): Mistake => ({
  what: `a landscape in TypeScript ${what}`,
  read: () => Reflect.apply(defineLandscape, undefined, [services, elsewhere]),
  message,
});

const orders = { description: "Takes orders.", appRoles: { "Orders.Read": { description: "Read orders." } } };
const web = (calls: object) => ({ description: "Shows orders.", appRoles: {}, calls });
const because = "It shows orders.";
const finance = { landscapes: { finance: { ledger: { "Ledger.Write": { description: "Book." } } } } };

export const landscapesInTypeScript: readonly Mistake[] = [
  landscape(
    "without services",
    {},
    undefined,
    "the landscape in tests/mistakes/landscapeInTypeScript.ts has 1 problem:",
    "  services is {}; allowed: at least one service, by its name",
  ),
  landscape(
    "that is undefined",
    undefined,
    undefined,
    "the landscape in tests/mistakes/landscapeInTypeScript.ts has 1 problem:",
    "  services is missing; allowed: at least one service, by its name",
  ),
  landscape(
    "that sets the prototype",
    { orders, ["__proto__"]: orders, web: { __proto__: orders } },
    undefined,
    "the landscape in tests/mistakes/landscapeInTypeScript.ts has 2 problems:",
    '  services.__proto__: the name "__proto__" is reserved, because every object in JavaScript has a property with this name; choose another name',
    '  services.web.__proto__: the name "__proto__" is reserved, because every object in JavaScript has a property with this name; choose another name',
  ),
  landscape(
    "with a call to a misspelt service",
    { orders, web: web({ oders: { roles: ["A"], because } }) },
    undefined,
    "the landscape in tests/mistakes/landscapeInTypeScript.ts has 1 problem:",
    '  services.web.calls.oders: there is no service "oders". Did you mean "orders"? The services are "orders", "web"',
  ),
  landscape(
    "with a misspelt role",
    { orders, web: web({ orders: { roles: ["Orders.read"], because } }) },
    undefined,
    "the landscape in tests/mistakes/landscapeInTypeScript.ts has 1 problem:",
    '  services.web.calls.orders.roles[0]: "orders" has no app role "Orders.read". Did you mean "Orders.Read"? Its roles are "Orders.Read"',
  ),
  landscape(
    "with a Date instead of a last day",
    { orders, web: web({ orders: { roles: ["Orders.Read"], because, until: new Date("2027-03-31") } }) },
    undefined,
    "the landscape in tests/mistakes/landscapeInTypeScript.ts has 1 problem:",
    '  services.web.calls.orders.until is "2027-03-31T00:00:00.000Z"; allowed: a date that exists, written like 2027-03-31',
  ),
  landscape(
    "with a service that is a function",
    { orders, web: () => orders },
    undefined,
    "the landscape in tests/mistakes/landscapeInTypeScript.ts has 1 problem:",
    "  services.web is a function; allowed: keys and values: description and appRoles, and optionally calls and allowedCallers",
  ),
  landscape(
    "with a misspelt service of another landscape",
    { web: web({ "finance/leger": { roles: ["Ledger.Write"], because } }) },
    finance,
    "the landscape in tests/mistakes/landscapeInTypeScript.ts has 1 problem:",
    '  services.web.calls["finance/leger"]: there is no service "finance/leger". Did you mean "ledger"? The services of finance are ledger',
  ),
  landscape(
    "with a misspelt role of another landscape",
    { web: web({ "finance/ledger": { roles: ["Ledger.Wirte"], because } }) },
    finance,
    "the landscape in tests/mistakes/landscapeInTypeScript.ts has 1 problem:",
    '  services.web.calls["finance/ledger"].roles[0]: "finance/ledger" has no app role "Ledger.Wirte". Did you mean "Ledger.Write"? Its roles are "Ledger.Write"',
  ),
];
