import childProcess from "node:child_process";
import crypto from "node:crypto";
import dgram from "node:dgram";
import dns from "node:dns";
import fs from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import tls from "node:tls";
import workerThreads from "node:worker_threads";

/** What a program reads from outside, for example `environment variable REGION`, and the project's files that read it. */
export type OutsideInputs = Readonly<Record<string, readonly string[]>>;

/**
 * Records what the program reads that is neither in the project nor in its settings: environment variables, the clock, random
 * values, the machine, files elsewhere, other programs, the network. In a deployment, it can have a different value.
 *
 * This shows dependencies that somebody overlooked. It does not detect code that hides what it reads.
 *
 * @param projectFolder the folder of the project, whose files count as readers. Installed packages count only if these files call them
 * @param engineFolder the folder of the code that runs the program, whose own reads do not count
 * @param sdk loads a module of the SDK that the program uses
 * @returns what the program has read until now
 */
export function watchOutsideInputs(
  projectFolder: string,
  engineFolder: string,
  sdk: (module: string) => object,
): () => OutsideInputs {
  const inputs = new Map<string, Set<string>>();
  const folder = fs.realpathSync(projectFolder);
  const packages = path.join(folder, "node_modules");
  const within = (file: string, parent: string) => file.startsWith(parent + path.sep);
  const isPartOfProject = (file: string) =>
    within(file, folder) && !within(file, packages) && !within(file, engineFolder);
  const known = [folder, ...installedPackages(folder)];

  const note: Note = (what) => {
    if (depth > 0) return;
    const files = callers();
    const at = files.findIndex(isPartOfProject);
    const reader = files[at];
    if (reader === undefined || (ofNode.test(what) && files[0]?.startsWith("node:"))) return;
    if (ofSdk.test(what) && files.slice(0, at).some((file) => file.includes("/node_modules/@pulumi/"))) return;
    inputs.set(what, (inputs.get(what) ?? new Set()).add(path.relative(folder, reader)));
  };
  watchEnvironment(note);
  watchClock(note);
  watchRandomValues(note);
  watchMachine(note);
  watchFiles(note, (file) => known.some((parent) => file === parent || within(file, parent)));
  for (const module of ["@pulumi/pulumi/runtime", "@pulumi/pulumi/runtime/settings"])
    watch(sdk(module), ["isDryRun"], () => note("whether it is a preview"));
  syncBuiltinESMExports();
  return () => {
    const ofAll = inputs.get(allVariables);
    const isCovered = (what: string, file: string) => what.startsWith(variable("")) && ofAll?.has(file);
    return Object.fromEntries(
      [...inputs]
        .map(([what, by]) => [what, [...by].filter((file) => !isCovered(what, file)).sort()] as const)
        .filter(([, by]) => by.length > 0),
    );
  };
}

/** The folders in which Node looks for packages: in the project's folder and in those above. */
function installedPackages(folder: string): string[] {
  const packages = path.join(folder, "node_modules");
  const own = fs.existsSync(packages) ? [fs.realpathSync(packages)] : [];
  const above = path.dirname(folder);
  return above === folder ? own : [...own, ...installedPackages(above)];
}

type Note = (what: string) => void;

/** Reads by the SDK and the providers' packages themselves when the program calls them. */
const ofSdk = /^(environment variable (PULUMI|ARM|AZURE)_|whether it is a preview$|the clock$|random values$)/;
/** Reads by Node itself, inside of functions that are watched if they matter. */
const ofNode = /^(environment variable |the clock$|process\.)/;

/** The files of the calls in progress, the innermost first, up to the loading of a module: loading reads files and variables too. */
function callers(): readonly string[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 60;
  Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFileName() ?? "");
  const all = new Error().stack as unknown as readonly string[];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  const loading = all.findIndex(
    (file) => file.startsWith("node:internal/modules/") || file.includes("/node_modules/tsx/"),
  );
  return (loading < 0 ? all : all.slice(0, loading))
    .filter((file) => file !== "" && file !== __filename)
    .map((file) => (file.startsWith("file://") ? new URL(file).pathname : file));
}

/** The number of calls to watched functions in progress. Their own reads are not recorded. */
let depth = 0;

/** Calls `before` with the arguments of each call and each construction. */
function watch(owner: object, names: readonly string[], before: (args: readonly unknown[]) => void): void {
  for (const name of names) {
    const real: unknown = Reflect.get(owner, name);
    if (typeof real !== "function") continue;
    const noting = <T>(args: readonly unknown[], call: () => T): T => {
      before(args);
      depth++;
      try {
        return call();
      } finally {
        depth--;
      }
    };
    const value = new Proxy(real, {
      apply: (target, self, args) => noting(args, () => Reflect.apply(target, self, args)),
      construct: (target, args, self) => noting(args, () => Reflect.construct(target, args, self)),
    });
    Object.defineProperty(owner, name, { value, configurable: true, enumerable: true, writable: true });
  }
}

const functionsOf = (owner: object): string[] =>
  Object.keys(owner).filter((name) => /^[a-z]/.test(name) && typeof Reflect.get(owner, name) === "function");

const variable = (name: string) => `environment variable ${name}`;
const allVariables = "all environment variables";

function watchEnvironment(note: Note): void {
  const noteVariable = (name: string | symbol) => {
    if (typeof name === "string") note(variable(name));
  };
  process.env = new Proxy(process.env, {
    get(target, name) {
      noteVariable(name);
      return Reflect.get(target, name);
    },
    has(target, name) {
      noteVariable(name);
      return Reflect.has(target, name);
    },
    ownKeys(target) {
      note(allVariables);
      return Reflect.ownKeys(target);
    },
  });
}

function watchClock(note: Note): void {
  const clock = () => note("the clock");
  watch(Date, ["now"], clock);
  watch(performance, ["now"], clock);
  watch(process.hrtime, ["bigint"], clock);
  watch(process, ["hrtime", "uptime"], clock);
  // A date without an argument is now. As a function, `Date()` is always now.
  globalThis.Date = new Proxy(Date, {
    construct(target, args, self) {
      if (args.length === 0) clock();
      return Reflect.construct(target, args, self);
    },
    apply(target, self, args) {
      clock();
      return Reflect.apply(target, self, args);
    },
  });
}

function watchRandomValues(note: Note): void {
  const random = () => note("random values");
  watch(Math, ["random"], random);
  watch(
    crypto,
    functionsOf(crypto).filter((name) => name.startsWith("random")),
    random,
  );
  watch(Object.getPrototypeOf(crypto.webcrypto), ["getRandomValues", "randomUUID"], random);
}

const network = /^(fetch|request|get|connect|createConnection|createSocket|lookup|lookupService|resolve.*|reverse)$/;

function watchMachine(note: Note): void {
  watch(os, functionsOf(os), () => note("the machine"));
  for (const name of [
    "argv",
    "execArgv",
    "execPath",
    "pid",
    "ppid",
    "title",
    "platform",
    "arch",
    "version",
    "versions",
  ]) {
    const value: unknown = Reflect.get(process, name);
    const get = () => {
      note(`process.${name}`);
      return value;
    };
    Object.defineProperty(process, name, { get, configurable: true, enumerable: true });
  }
  watch(childProcess, functionsOf(childProcess), ([command]) => note(`the program ${command}`));
  watch(workerThreads, ["Worker"], () => note("another thread"));
  for (const module of [globalThis, dgram, dns, dns.promises, http, http2, https, net, tls])
    watch(
      module,
      functionsOf(module).filter((name) => network.test(name)),
      () => note("the network"),
    );
}

function watchFiles(note: Note, isKnown: (file: string) => boolean): void {
  const outside = ([named]: readonly unknown[]) => {
    const file = named instanceof URL ? named.pathname : named;
    if (typeof file === "string" && !isKnown(path.resolve(file))) note(`file ${file}`);
  };
  watch(fs, functionsOf(fs), outside);
  watch(fs.promises, functionsOf(fs.promises), outside);
}
