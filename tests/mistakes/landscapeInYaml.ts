import { parseYaml } from "@microservice-identities/validation/files";
import { parseLandscape } from "../../components/landscapeDefinition";
import { type Mistake, secretLike, tooLong } from "./mistake";

const valid = `services:
  orders:
    description: Takes orders.
    appRoles:
      Orders.Read: { description: Read orders. }
      Orders.List: { description: List orders., retired: true }
  web:
    description: Shows orders.
    appRoles: {}
    calls:
      orders: { roles: [Orders.Read], because: It shows orders. }
`;

const landscape = (what: string, text: string, ...message: string[]): Mistake => ({
  what: `a landscape ${what}`,
  read: () => {
    const { data, source } = parseYaml(text, "payments.yaml");
    return parseLandscape(data, source);
  },
  message,
});

/** The landscape above with one change. */
const changed = (what: string, before: string, after: string, ...message: string[]): Mistake =>
  landscape(what, valid.replace(before, after), ...message);

const call = "{ roles: [Orders.Read], because: It shows orders. }";
const inCall = (what: string, written: string, ...message: string[]) => changed(what, call, written, ...message);

/** Files that are not YAML, or do not have the shape of a landscape. */
export const landscapesInYaml: readonly Mistake[] = [
  landscape(
    "in an empty file",
    "",
    "payments.yaml has 1 problem:",
    "  the content is empty; allowed: the key services, with at least one service",
  ),
  landscape(
    "of nothing but a comment",
    "# later\n",
    "payments.yaml has 1 problem:",
    "  the content is empty; allowed: the key services, with at least one service",
  ),
  landscape(
    "without services",
    "services: {}\n",
    "payments.yaml has 1 problem:",
    "  line 1: services is {}; allowed: at least one service, by its name",
  ),
  landscape(
    "with empty services",
    "services:\n",
    "payments.yaml has 1 problem:",
    "  line 1: services is empty; allowed: at least one service, by its name",
  ),
  landscape(
    "that is a list",
    "- orders\n- web\n",
    "payments.yaml has 1 problem:",
    '  line 1: the content is ["orders","web"]; allowed: the key services, with at least one service',
  ),
  landscape(
    "that is a string",
    "orders\n",
    "payments.yaml has 1 problem:",
    '  line 1: the content is "orders"; allowed: the key services, with at least one service',
  ),
  landscape(
    "with a misspelt key at the top",
    valid.replace("services:", "sevices:"),
    "payments.yaml has 2 problems:",
    "  line 1: services is missing; allowed: at least one service, by its name",
    '  line 1: sevices is unknown. Did you mean "services"? Allowed here: services, apis',
  ),
  landscape(
    "with an unknown key at the top",
    `version: 1\n${valid}`,
    "payments.yaml has 1 problem:",
    "  line 1: version is unknown; allowed here: services, apis",
  ),
  changed(
    "with a tab",
    "    description: Takes",
    "\tdescription: Takes",
    "payments.yaml has 2 problems:",
    "  line 3, column 1: not valid YAML: the line is indented with a tab; indent it with spaces",
    "  line 7, column 1: not valid YAML: the line does not begin at the same column as the keys before it; indent it like them",
  ),
  changed(
    "with a service twice",
    "  web:",
    "  orders:",
    "payments.yaml has 1 problem:",
    "  line 7, column 3: not valid YAML: this key is already used in the same place; remove one of the two",
  ),
  changed(
    "with a quote that is not closed",
    "Shows orders.",
    '"Shows orders.',
    "payments.yaml has 1 problem:",
    "  line 12, column 1: not valid YAML: a quote or bracket is not closed; close it",
  ),
  changed(
    "with a colon in a text without quotes",
    "Shows orders.",
    "Shows: orders: all",
    "payments.yaml has 1 problem:",
    "  line 8, column 18: not valid YAML: a second key in one line; begin a new line, or write the text with the colon in quotes",
  ),
  landscape(
    "of two documents",
    `${valid}---\nservices: {}\n`,
    "payments.yaml has 1 problem:",
    "  line 12, column 1: not valid YAML: a second YAML document begins here; remove it, or the line ---",
  ),
  inCall(
    "with an alias without an anchor",
    "*call",
    "payments.yaml has 1 problem:",
    "  line 11, column 15: not valid YAML: the alias *call needs an anchor &call before it",
  ),
  changed(
    "with a service name in upper case",
    "  orders:\n    d",
    "  Orders:\n    d",
    "payments.yaml has 2 problems:",
    "  line 2: services.Orders is not an allowed name; allowed: 1 to 40 lowercase letters, digits and single hyphens, beginning with a letter",
    '  line 11: services.web.calls.orders: there is no service "orders". Did you mean "Orders"? The services are "Orders", "web"',
  ),
  changed(
    "with a service named constructor",
    "  web:",
    "  constructor:",
    "payments.yaml has 1 problem:",
    '  line 7: services.constructor: the name "constructor" is reserved, because every object in JavaScript has a property with this name; choose another name',
  ),
  changed(
    "with a service named __proto__",
    "  web:",
    "  __proto__:",
    "payments.yaml has 1 problem:",
    '  line 7: services.__proto__: the name "__proto__" is reserved, because every object in JavaScript has a property with this name; choose another name',
  ),
  changed(
    "with a role named toString",
    "Orders.Read: {",
    "toString: {",
    "payments.yaml has 2 problems:",
    '  line 5: services.orders.appRoles.toString: the name "toString" is reserved, because every object in JavaScript has a property with this name; choose another name',
    '  line 11: services.web.calls.orders.roles[0]: "orders" has no app role "Orders.Read". Its roles are "toString", "Orders.List"',
  ),
  changed(
    "with a service whose name is too long",
    "  web:",
    `  ${"w".repeat(41)}:`,
    "payments.yaml has 1 problem:",
    "  line 7: services.wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww is not an allowed name; allowed: 1 to 40 lowercase letters, digits and single hyphens, beginning with a letter",
  ),
  changed(
    "without a description",
    "    description: Shows orders.\n",
    "",
    "payments.yaml has 1 problem:",
    "  line 7: services.web.description is missing; allowed: text of 1 to 1024 characters",
  ),
  changed(
    "with an empty description",
    "Shows orders.",
    '""',
    "payments.yaml has 1 problem:",
    '  line 8: services.web.description is ""; allowed: text of 1 to 1024 characters',
  ),
  changed(
    "with a number as description",
    "Shows orders.",
    "7",
    "payments.yaml has 1 problem:",
    "  line 8: services.web.description is 7; allowed: text of 1 to 1024 characters",
  ),
  changed(
    "with a very long description",
    "Shows orders.",
    tooLong,
    "payments.yaml has 1 problem:",
    '  line 8: services.web.description is "long long long long long long long long long long long long long long long long… (1499 characters); allowed: text of 1 to 1024 characters',
  ),
  changed(
    "without roles",
    "    appRoles: {}\n",
    "",
    "payments.yaml has 1 problem:",
    "  line 7: services.web.appRoles is missing; allowed: the app roles by value, or {} for a service that nobody calls",
  ),
  changed(
    "with a list of roles",
    "appRoles: {}",
    "appRoles: [Web.Read]",
    "payments.yaml has 1 problem:",
    '  line 9: services.web.appRoles is ["Web.Read"]; allowed: the app roles by value, or {} for a service that nobody calls',
  ),
  changed(
    "with a space in a role",
    "Orders.Read: {",
    "Orders Read: {",
    "payments.yaml has 2 problems:",
    '  line 5: services.orders.appRoles["Orders Read"] is not an allowed name; allowed: 1 to 120 letters, digits and !#$%&\'()*+,-./:;=?@[]^_`{|}~, without a space and not beginning with a dot',
    '  line 11: services.web.calls.orders.roles[0]: "orders" has no app role "Orders.Read". Did you mean "Orders Read"? Its roles are "Orders Read", "Orders.List"',
  ),
  changed(
    "with a role without a description",
    "{ description: Read orders. }",
    "{}",
    "payments.yaml has 1 problem:",
    '  line 5: services.orders.appRoles["Orders.Read"].description is missing; allowed: text of 1 to 1024 characters',
  ),
  changed(
    "with a role whose retired is a string",
    "retired: true",
    'retired: "yes"',
    "payments.yaml has 1 problem:",
    '  line 6: services.orders.appRoles["Orders.List"].retired is "yes"; allowed: true; remove the key from a role that is not retired',
  ),
  changed(
    "with a role whose retired is false",
    "retired: true",
    "retired: false",
    "payments.yaml has 1 problem:",
    '  line 6: services.orders.appRoles["Orders.List"].retired is false; allowed: true; remove the key from a role that is not retired',
  ),
  changed(
    "with a misspelt key of a role",
    "retired: true",
    "retierd: true",
    "payments.yaml has 1 problem:",
    '  line 6: services.orders.appRoles["Orders.List"].retierd is unknown. Did you mean "retired"? Allowed here: description, displayName, retired',
  ),
  changed(
    "with a display name that is too long",
    "retired: true",
    `displayName: ${"d".repeat(121)}`,
    "payments.yaml has 1 problem:",
    '  line 6: services.orders.appRoles["Orders.List"].displayName is "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd… (121 characters); allowed: text of 1 to 120 characters',
  ),
  changed(
    "with an owner, which no service has",
    "    appRoles: {}",
    "    appRoles: {}\n    owner: me",
    "payments.yaml has 1 problem:",
    "  line 10: services.web.owner is unknown; allowed here: description, appRoles, calls, allowedCallers",
  ),
];

/** Mistakes in a call. */
export const callsInYaml: readonly Mistake[] = [
  changed(
    "with a call to a misspelt service",
    `orders: ${call}`,
    `order: ${call}`,
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.order: there is no service "order". Did you mean "orders"? The services are "orders", "web"',
  ),
  changed(
    "with a call to an unknown service",
    `orders: ${call}`,
    `shipping: ${call}`,
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.shipping: there is no service "shipping". The services are "orders", "web"',
  ),
  changed(
    "with a call to constructor",
    `orders: ${call}`,
    `constructor: ${call}`,
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.constructor: the name "constructor" is reserved, because every object in JavaScript has a property with this name; choose another name',
  ),
  changed(
    "with a call from a service to itself",
    `orders: ${call}`,
    `web: ${call}`,
    "payments.yaml has 1 problem:",
    "  line 11: services.web.calls.web: a service does not call itself through Entra; remove the call",
  ),
  changed(
    "with a call to an incomplete name",
    `orders: ${call}`,
    `finance/: ${call}`,
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls["finance/"]: "finance/" is not a service of another landscape; allowed: a landscape\'s and a service\'s name, like finance/ledger',
  ),
  inCall(
    "with a call with a misspelt role",
    "{ roles: [Orders.Raed], because: It shows orders. }",
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.orders.roles[0]: "orders" has no app role "Orders.Raed". Did you mean "Orders.Read"? Its roles are "Orders.Read", "Orders.List"',
  ),
  inCall(
    "with a call with a retired role",
    "{ roles: [Orders.List], because: It shows orders. }",
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.orders.roles[0]: "Orders.List" of "orders" is retired; remove it from the call',
  ),
  inCall(
    "with a role twice in a call",
    "{ roles: [Orders.Read, Orders.Read], because: It shows orders. }",
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.orders.roles[1]: "Orders.Read" is named twice; remove one of the two',
  ),
  inCall(
    "with a call without roles",
    "{ roles: [], because: It shows orders. }",
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.orders.roles is []; allowed: a list of at least one role, for example ["Orders.Read"]',
  ),
  inCall(
    "with a call whose roles are a string",
    "{ roles: Orders.Read, because: It shows orders. }",
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.orders.roles is "Orders.Read"; allowed: a list of at least one role, for example ["Orders.Read"]',
  ),
  inCall(
    "with a call without a reason",
    "{ roles: [Orders.Read] }",
    "payments.yaml has 1 problem:",
    "  line 11: services.web.calls.orders.because is missing; allowed: text of 1 to 500 characters",
  ),
  inCall(
    "with a call with an empty reason",
    '{ roles: [Orders.Read], because: " " }',
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.orders.because is ""; allowed: text of 1 to 500 characters',
  ),
  inCall(
    "with a call with a very long reason",
    `{ roles: [Orders.Read], because: ${tooLong} }`,
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.orders.because is "long long long long long long long long long long long long long long long long… (1499 characters); allowed: text of 1 to 500 characters',
  ),
  inCall(
    "with a reason under another key",
    "{ roles: [Orders.Read], reason: It shows orders. }",
    "payments.yaml has 2 problems:",
    "  line 11: services.web.calls.orders.because is missing; allowed: text of 1 to 500 characters",
    "  line 11: services.web.calls.orders.reason is unknown; allowed here: roles, because, until, requests",
  ),
  inCall(
    "with a last day that does not exist",
    "{ roles: [Orders.Read], because: Now., until: 2027-02-29 }",
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.orders.until is "2027-02-29"; allowed: a date that exists, written like 2027-03-31',
  ),
  inCall(
    "with a last day that is not a date",
    "{ roles: [Orders.Read], because: Now., until: next year }",
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.orders.until is "next year"; allowed: a date that exists, written like 2027-03-31',
  ),
  inCall(
    "with a number instead of a last day",
    "{ roles: [Orders.Read], because: Now., until: 20270331 }",
    "payments.yaml has 1 problem:",
    "  line 11: services.web.calls.orders.until is 20270331; allowed: a date that exists, written like 2027-03-31",
  ),
  inCall(
    "with a secret instead of a last day",
    `{ roles: [Orders.Read], because: Now., until: ${secretLike} }`,
    "payments.yaml has 1 problem:",
    "  line 11: services.web.calls.orders.until is a value that looks like a secret and is not shown; allowed: a date that exists, written like 2027-03-31",
  ),
  inCall(
    "with requests that are not a list",
    "{ roles: [Orders.Read], because: Now., requests: GET /users }",
    "payments.yaml has 1 problem:",
    '  line 11: services.web.calls.orders.requests is "GET /users"; allowed: a list of requests, for example ["GET /users/{id}"]',
  ),
  changed(
    "with an allowed caller without its landscape",
    "appRoles: {}",
    "appRoles: {}\n    allowedCallers: { ledger: [A] }",
    "payments.yaml has 2 problems:",
    "  line 10: services.web.allowedCallers.ledger is not an allowed name; allowed: a landscape's and a service's name, like finance/ledger",
    '  line 10: services.web.allowedCallers.ledger[0]: "web" has no app role "A". It exposes no roles, so it cannot be called: remove this',
  ),
  changed(
    "with an allowed caller with an unknown role",
    "  web:",
    "    allowedCallers: { finance/ledger: [Orders.Reed] }\n  web:",
    "payments.yaml has 1 problem:",
    '  line 7: services.orders.allowedCallers["finance/ledger"][0]: "orders" has no app role "Orders.Reed". Did you mean "Orders.Read"? Its roles are "Orders.Read", "Orders.List"',
  ),
  landscape(
    "with a name instead of an API's client id",
    `${valid}apis:\n  graph: { clientId: graph, appRoles: [User.Read.All] }\n`,
    "payments.yaml has 1 problem:",
    '  line 13: apis.graph.clientId is "graph"; allowed: a GUID',
  ),
  landscape(
    "with an API named like a service",
    `${valid}apis:\n  web: { clientId: 00000003-0000-0000-c000-000000000000, appRoles: [User.Read.All] }\n`,
    "payments.yaml has 1 problem:",
    '  line 13: apis.web: "web" is already the name of a service; choose another name',
  ),
  landscape(
    "with an API without roles",
    `${valid}apis:\n  graph: { clientId: 00000003-0000-0000-c000-000000000000, appRoles: [] }\n`,
    "payments.yaml has 1 problem:",
    '  line 13: apis.graph.appRoles is []; allowed: a list of at least one role, for example ["Orders.Read"]',
  ),
  landscape(
    "with mistakes of several kinds",
    valid
      .replace("Shows orders.", '""')
      .replace("[Orders.Read]", "[Orders.Raed]")
      .replace("appRoles: {}", "approles: {}"),
    "payments.yaml has 4 problems:",
    '  line 8: services.web.description is ""; allowed: text of 1 to 1024 characters',
    "  line 7: services.web.appRoles is missing; allowed: the app roles by value, or {} for a service that nobody calls",
    '  line 9: services.web.approles is unknown. Did you mean "appRoles"? Allowed here: description, appRoles, calls, allowedCallers',
    '  line 11: services.web.calls.orders.roles[0]: "orders" has no app role "Orders.Raed". Did you mean "Orders.Read"? Its roles are "Orders.Read", "Orders.List"',
  ),
];
