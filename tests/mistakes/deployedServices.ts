import { chmodSync } from "node:fs";
import { errorOf, flags } from "./flags";
import { fileWith, inFolder, type Mistake, secretLike } from "./mistake";

const id = (digit: number): string => `${digit}1111111-1111-4111-8111-111111111111`;
const orders = {
  clientId: id(1),
  scope: `api://${id(1)}/.default`,
  roleIds: {},
  credential: { kind: "federated" },
  identityClientId: id(2),
  calls: {},
};
const outputs = { tenantId: id(3), directory: { orders, reporting: { ...orders, clientId: id(4) } } };
const outputsFile = fileWith("deployed.json", JSON.stringify(outputs));
const inPod = { ...orders, identityClientId: undefined, workload: { kubernetes: [] } };
const podFile = fileWith("pod.json", JSON.stringify({ ...outputs, directory: { orders: inPod } }));

/** Runs a command with a PATH that contains only this folder. */
async function withPath(folder: string, name: string, args: readonly string[]): Promise<string> {
  const { PATH } = process.env;
  process.env.PATH = folder;
  try {
    return await errorOf(name, args);
  } finally {
    process.env.PATH = PATH;
  }
}

/** Writes a fake Pulumi CLI that finds no stack. The real CLI 3.259 prints the same message. @returns the folder of the CLI */
function unknownStack(): string {
  chmodSync(fileWith("pulumi", "#!/bin/sh\necho \"error: no stack named 'prdo' found\" >&2\nexit 255\n"), 0o755);
  return inFolder("");
}

/** The commands about one service of a deployed stack. They read the stack's outputs in the same way. */
export const deployedServices: readonly Mistake[] = ["doctor", "variables"].flatMap((name) => [
  flags(
    name,
    ["--stack", "prod"],
    "error: the option '--service <name>' is missing",
    `\`npm run ${name} -- --help\` lists the arguments and options.`,
  ),
  flags(
    name,
    ["--stack", "prod", "--service"],
    "error: the option '--service <name>' needs a value",
    `\`npm run ${name} -- --help\` lists the arguments and options.`,
  ),
  flags(
    name,
    ["orders"],
    "error: the option '--service <name>' is missing",
    `\`npm run ${name} -- --help\` lists the arguments and options.`,
  ),
  flags(
    name,
    ["orders", "--service", "orders"],
    'error: unexpected argument "orders"; allowed: 0 arguments',
    `\`npm run ${name} -- --help\` lists the arguments and options.`,
  ),
  flags(
    name,
    ["--service", "orders", "--stak", "prod"],
    "error: unknown option '--stak'",
    "(Did you mean --stack?)",
    `\`npm run ${name} -- --help\` lists the arguments and options.`,
  ),
  flags(
    name,
    ["--service", "order", "--outputs", outputsFile],
    '--service: the service is "order"; allowed: orders, reporting. Did you mean "orders"?',
  ),
  flags(
    name,
    ["--service", "__proto__", "--outputs", outputsFile],
    '--service: the service is "__proto__"; allowed: orders, reporting',
  ),
  flags(
    name,
    ["--service", secretLike, "--outputs", outputsFile],
    "--service: the service is a value that looks like a secret and is not shown; allowed: orders, reporting",
  ),
  flags(
    name,
    ["--service", "orders", "--outputs", inFolder("none.json")],
    "cannot read the stack's outputs from <folder>/none.json: there is no such file; correct the path",
  ),
  flags(
    name,
    ["--service", "orders", "--outputs", fileWith("lines.env", "AZURE_CLIENT_ID=1")],
    "<folder>/lines.env is not JSON; create it with `pulumi stack output --json`",
  ),
  flags(
    name,
    ["--service", "orders", "--outputs", fileWith("others.json", '{ "url": "https://example.org" }')],
    "<folder>/others.json does not contain the outputs of a stack of this project; create it with `pulumi stack output --json`",
    "  tenantId is missing; allowed: text",
    "  directory is missing; allowed: keys and values",
  ),
  {
    what: `npm run ${name} for a stack that does not exist`,
    read: () => withPath(unknownStack(), name, ["--stack", "prdo", "--service", "orders"]),
    message: ['there is no stack "prdo" in the backend of the Pulumi CLI; `pulumi stack ls` lists the existing ones'],
  },
  {
    what: `npm run ${name} without a Pulumi CLI on the PATH`,
    read: () => withPath(inFolder("nothing"), name, ["--service", "orders"]),
    message: ["there is no Pulumi CLI on the PATH to read the stack's outputs: pass them with --outputs <file>"],
  },
]);

export const formatsOfVariables: readonly Mistake[] = [
  flags(
    "variables",
    ["--service", "orders", "--format", "yaml"],
    'error: --format <format> is "yaml"; allowed: dotenv, json, containerapp, appservice, kubernetes.',
    "`npm run variables -- --help` lists the arguments and options.",
  ),
  flags(
    "variables",
    ["--service", "orders", "--format", "app-service"],
    'error: --format <format> is "app-service"; allowed: dotenv, json, containerapp, appservice, kubernetes. Did you mean "appservice"?',
    "`npm run variables -- --help` lists the arguments and options.",
  ),
  flags(
    "variables",
    ["--service", "orders", "--format", "kubernetes", "--outputs", outputsFile],
    "no service account may run as orders: add services.orders.workload.kubernetes to the settings, and deploy",
  ),
  flags(
    "variables",
    ["--service", "orders", "--format", "appservice", "--outputs", podFile],
    "orders has no managed identity: its registration trusts a Kubernetes service account. Use --format kubernetes, or remove services.orders.workload from the settings and deploy",
  ),
  flags(
    "doctor",
    ["--service", "orders", "--date", "31.03.2027"],
    'error: -d, --date <day> is "31.03.2027"; allowed: a date that exists, written like 2027-03-31.',
    "`npm run doctor -- --help` lists the arguments and options.",
  ),
];
