import path from "node:path";
import { CommanderError } from "commander";
import { commands } from "../cli/commands";
import { fileWith, inFolder, type Mistake, secretLike, tooLong } from "./mistake";

/** What a command prints on standard error. The command runs in this process, and must end before it changes anything. */
export async function errorOf(name: string, args: readonly string[]): Promise<string> {
  const command = commands[name];
  if (!command) throw new Error(`there is no command ${name}`);
  let printed = "";
  const print = (text: string) => {
    printed += text;
  };
  const console = jest.spyOn(globalThis.console, "error").mockImplementation(print);
  const code = process.exitCode;
  try {
    await command.exitOverride().configureOutput({ writeErr: print }).parseAsync(args, { from: "user" });
    if (process.exitCode !== 2) throw new Error(`${name} exits with ${process.exitCode}`);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  } finally {
    process.exitCode = code;
    console.mockRestore();
  }
  return printed;
}

export const flags = (name: string, args: readonly string[], ...message: string[]): Mistake => ({
  what: `npm run ${name} -- ${args.map((arg) => path.basename(arg).slice(0, 40)).join(" ")}`,
  read: () => errorOf(name, args),
  message,
});

export const flagsOfCommands: readonly Mistake[] = [
  flags(
    "start",
    ["--engine", "terraform"],
    'error: -e, --engine <engine> is "terraform"; allowed: auto, pulumi, built-in.',
    "`npm run start -- --help` lists the arguments and options.",
  ),
  flags(
    "start",
    ["--stak", "dev"],
    "error: unknown option '--stak'",
    "(Did you mean --stack?)",
    "`npm run start -- --help` lists the arguments and options.",
  ),
  flags(
    "start",
    ["--faults", inFolder("none.yaml")],
    "--faults: cannot read <folder>/none.yaml: there is no such file; correct the path",
  ),
  flags(
    "start",
    ["dev"],
    'error: unexpected argument "dev"; allowed: 0 arguments',
    "`npm run start -- --help` lists the arguments and options.",
  ),
  flags(
    "local",
    ["--port", "70000"],
    'error: -p, --port <port> is "70000"; allowed: a whole number from 0 to 65535; 0 is any free port.',
    "`npm run local -- --help` lists the arguments and options.",
  ),
  flags(
    "local",
    ["--port", tooLong],
    'error: -p, --port <port> is "long long long long long long long long long long long long long long long long… (1499 characters); allowed: a whole number from 0 to 65535; 0 is any free port.',
    "`npm run local -- --help` lists the arguments and options.",
  ),
  flags(
    "local",
    ["--engine", "built_in"],
    'error: -e, --engine <engine> is "built_in"; allowed: auto, pulumi, built-in. Did you mean "built-in"?',
    "`npm run local -- --help` lists the arguments and options.",
  ),
  flags(
    "up",
    [],
    "error: the option '-s, --stack <names...>' is missing",
    "`npm run up -- --help` lists the arguments and options.",
  ),
  flags(
    "up",
    ["--stack"],
    "error: the option '-s, --stack <names...>' needs a value",
    "`npm run up -- --help` lists the arguments and options.",
  ),
  flags(
    "up",
    ["--stack", "dev", "--parallel", "0"],
    'error: -p, --parallel <count> is "0"; allowed: a whole number from 1.',
    "`npm run up -- --help` lists the arguments and options.",
  ),
  flags(
    "up",
    ["--stack", "dev", "--dryrun"],
    "error: unknown option '--dryrun'",
    "(Did you mean --dry-run?)",
    "`npm run up -- --help` lists the arguments and options.",
  ),
  flags(
    "preflight",
    [],
    "error: the option '-s, --stack <name>' is missing",
    "`npm run preflight -- --help` lists the arguments and options.",
  ),
  flags(
    "preflight",
    ["--stack", "dev", "--jsno"],
    "error: unknown option '--jsno'",
    "(Did you mean --json?)",
    "`npm run preflight -- --help` lists the arguments and options.",
  ),
  flags(
    "purge",
    ["--stack", "dev", "--mark", "shop"],
    'error: -m, --mark <guid> is "shop"; allowed: a GUID, as in the tag pulumi-stack:<mark>.',
    "`npm run purge -- --help` lists the arguments and options.",
  ),
  flags(
    "purge",
    ["--stack", "dev", "--mark", secretLike],
    "error: -m, --mark <guid> is a value that looks like a secret and is not shown; allowed: a GUID, as in the tag pulumi-stack:<mark>.",
    "`npm run purge -- --help` lists the arguments and options.",
  ),
  flags(
    "upgrade-state",
    [],
    "error: the option '-o, --out <file>' is missing",
    "`npm run upgrade-state -- --help` lists the arguments and options.",
  ),
  flags(
    "upgrade-state",
    ["state.json"],
    "error: the option '-o, --out <file>' is missing",
    "`npm run upgrade-state -- --help` lists the arguments and options.",
  ),
  flags(
    "upgrade-state",
    [inFolder("none.json"), "--out", "new.json"],
    "cannot read <folder>/none.json: there is no such file; correct the path",
  ),
  flags(
    "upgrade-state",
    [fileWith("empty.json", "{}"), "--out", "new.json"],
    "<folder>/empty.json is not an exported state; create it with `pulumi stack export --file <file>`",
    "  version is missing; allowed: a number",
    "  deployment is missing; allowed: keys and values",
  ),
  flags(
    "review",
    ["--out", "review.doc"],
    'error: -o, --out <file> is "review.doc"; allowed: a file with one of the extensions .txt, .md, .html, .json, .sarif, .xml.',
    "`npm run review -- --help` lists the arguments and options.",
  ),
  flags(
    "review",
    ["--format", "pdf"],
    'error: -f, --format <format> is "pdf"; allowed: text, markdown, html, json, sarif, junit.',
    "`npm run review -- --help` lists the arguments and options.",
  ),
  flags(
    "review",
    ["--fail-on", "critical"],
    'error: --fail-on <severity> is "critical"; allowed: new-low, low, new-medium, medium, new-high, high, never.',
    "`npm run review -- --help` lists the arguments and options.",
  ),
  flags(
    "review",
    ["--date", "tomorrow"],
    'error: -d, --date <day> is "tomorrow"; allowed: a date that exists, written like 2027-03-31.',
    "`npm run review -- --help` lists the arguments and options.",
  ),
  flags(
    "review",
    ["--waivers", inFolder("none.yaml")],
    "--waivers: cannot read <folder>/none.yaml: there is no such file; correct the path",
  ),
  flags(
    "review",
    ["--against", "HEAD", "--against-file", "review.json"],
    "--against and --against-file: use only one of them",
  ),
  flags(
    "review",
    ["--every-stack", "--against-file", "review.json"],
    "--every-stack and --against-file: a file contains one stack; use --against, which compares each stack",
  ),
  flags(
    "review",
    ["--state", inFolder("none.json")],
    "cannot read <folder>/none.json: there is no such file; correct the path",
  ),
  flags(
    "verify",
    ["--authority", "http://login"],
    'error: --authority <address> is "http://login"; allowed: an address without a path, like https://login.microsoftonline.com.',
    "`npm run verify -- --help` lists the arguments and options.",
  ),
  flags(
    "verify",
    ["--refusals", "many"],
    'error: --refusals <count> is "many"; allowed: a whole number from 0.',
    "`npm run verify -- --help` lists the arguments and options.",
  ),
  flags(
    "verify",
    ["--within", "14"],
    'error: -w, --within <days> is "14"; allowed: a number of days, for example 30d.',
    "`npm run verify -- --help` lists the arguments and options.",
  ),
  flags(
    "verify",
    ["--outputs", inFolder("none.json")],
    "cannot read the stack's outputs from <folder>/none.json: there is no such file; correct the path",
  ),
  flags(
    "expiry",
    [inFolder("none.json")],
    "cannot read the stack's outputs from <folder>/none.json: there is no such file; correct the path",
  ),
  flags(
    "expiry",
    ["--within", "30 days"],
    'error: -w, --within <days> is "30 days"; allowed: a number of days, for example 30d.',
    "`npm run expiry -- --help` lists the arguments and options.",
  ),
  flags(
    "expiry",
    ["--date", "2026-02-30"],
    'error: -d, --date <day> is "2026-02-30"; allowed: a date that exists, written like 2027-03-31.',
    "`npm run expiry -- --help` lists the arguments and options.",
  ),
  flags(
    "expiry",
    ["one.json", "two.json"],
    'error: unexpected argument "two.json"; allowed: 1 argument',
    "`npm run expiry -- --help` lists the arguments and options.",
  ),
  flags(
    "adopt",
    ["--application", "orders"],
    'error: --application <service=client-id> is "orders"; allowed: a service and a client id, for example orders=7f0a2c7e-3f0b-4d63-9d0a-2c5b3cf1a001.',
    "`npm run adopt -- --help` lists the arguments and options.",
  ),
  flags(
    "adopt",
    ["--applications", "orders=1"],
    "error: unknown option '--applications'",
    "(Did you mean --application?)",
    "`npm run adopt -- --help` lists the arguments and options.",
  ),
  flags("conformance", ["--only", "C-999"], "--only: there is no assumption C-999; `--list` prints the existing ones"),
  flags(
    "conformance",
    ["--clean-up", "everything"],
    'error: --clean-up <prefix> is "everything"; allowed: the prefix that a run printed, like cf3fa9c1.',
    "`npm run conformance -- --help` lists the arguments and options.",
  ),
  flags(
    "conformance",
    ["--replay", inFolder("none.jsonl")],
    "--replay: cannot read <folder>/none.jsonl: there is no such file; correct the path",
  ),
  flags(
    "conformance",
    ["--patience", "0"],
    'error: --patience <seconds> is "0"; allowed: a number of seconds above 0.',
    "`npm run conformance -- --help` lists the arguments and options.",
  ),
  flags(
    "conformance",
    ["--tries", "a few"],
    'error: --tries <number> is "a few"; allowed: a whole number from 1.',
    "`npm run conformance -- --help` lists the arguments and options.",
  ),
  flags(
    "rotation-year",
    ["--days", "4000"],
    'error: -d, --days <count> is "4000"; allowed: a whole number of days from 1 to 3660.',
    "`npm run rotation-year -- --help` lists the arguments and options.",
  ),
  flags(
    "rotation-year",
    ["--since", "yesterday"],
    '--since is "yesterday"; allowed: a date that exists, written like 2027-03-31',
  ),
  flags(
    "rotation-year",
    ["--period", "30", "--overlap", "30"],
    "--overlap is 30; allowed: a whole number from 0 to 29",
  ),
  flags(
    "sample",
    ["orders"],
    "error: the argument 'service' is 'orders'; allowed: inventory, fulfillment.",
    "`npm run sample -- --help` lists the arguments and options.",
  ),
  flags(
    "sample",
    ["inventory", "--every", "0"],
    'error: --every <seconds> is "0"; allowed: seconds, for example 5 or 0.5.',
    "`npm run sample -- --help` lists the arguments and options.",
  ),
  flags(
    "samples",
    ["--stack", "dev"],
    "error: unknown option '--stack'",
    "`npm run samples -- --help` lists the arguments and options.",
  ),
  flags(
    "schema",
    ["docs"],
    'error: unexpected argument "docs"; allowed: 0 arguments',
    "`npm run schema -- --help` lists the arguments and options.",
  ),
  flags(
    "one-call-page",
    ["--out", "page.md"],
    "error: unknown option '--out'",
    "`npm run one-call-page -- --help` lists the arguments and options.",
  ),
  flags(
    "landscape-picture",
    ["docs", "shop"],
    'error: unexpected argument "shop"; allowed: 1 argument',
    "`npm run landscape-picture -- --help` lists the arguments and options.",
  ),
  flags(
    "pull-request-comment",
    [],
    "error: the argument 'file' is missing",
    "`npm run pull-request-comment -- --help` lists the arguments and options.",
  ),
  flags(
    "pull-request-comment",
    [inFolder("none.md")],
    "cannot read <folder>/none.md: there is no such file; correct the path",
  ),
];
