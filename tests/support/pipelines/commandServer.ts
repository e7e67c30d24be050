import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";

/** A program that the script of a job started. */
export interface CommandCall {
  /** The whole command line, for example `npm run up -- --stack dev`. */
  readonly line: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** The program's output and exit code. With `run`, this other program runs instead, with the same standard input. */
export interface CommandAnswer {
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly run?: readonly [file: string, ...args: string[]];
}

export type Command = (call: CommandCall) => Promise<CommandAnswer | undefined> | CommandAnswer | undefined;

/**
 * Replaces programs on the PATH of the jobs: each time a job starts one, it sends a request to this process.
 *
 * @param commands by the beginning of the command line, for example `npm run up`. The longest match is used, and a command line
 *   without a match fails
 */
export async function commandServer(folder: string, commands: Readonly<Record<string, Command>>) {
  const server = http.createServer(async (request, response) => {
    response.end(shellText(await answered(await text(request), commands)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await mkdir(folder, { recursive: true });
  for (const program of new Set(Object.keys(commands).map((line) => line.split(" ")[0] as string))) {
    const file = path.join(folder, program);
    await writeFile(file, programText(program, address));
    await chmod(file, 0o755);
  }
  return {
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answered(sent: string, commands: Readonly<Record<string, Command>>): Promise<CommandAnswer> {
  const [started = "", variables = ""] = sent.split("\0\0");
  const [program, folder = "", ...args] = started.split("\0");
  const environment = Object.fromEntries(
    variables.split("\0").flatMap((each) => (each ? [[each.split("=")[0], each.slice(each.indexOf("=") + 1)]] : [])),
  );
  const line = [program, ...args].join(" ");
  const name = Object.keys(commands)
    .filter((each) => line === each || line.startsWith(`${each} `))
    .sort((one, other) => other.length - one.length)[0];
  try {
    if (name === undefined) throw new Error(`the command ${line} has no declared effect`);
    return (await commands[name]?.({ line, args, folder, environment })) ?? {};
  } catch (error) {
    return { code: 1, stderr: `${(error as Error).message}\n` };
  }
}

/** A shell script that sends its arguments and environment, and executes the answer. A Node.js process would start ten times slower. */
const programText = (program: string, address: string) => `#!/bin/bash
eval "$({ printf '%s\\0' "${program}" "$PWD" "$@"; printf '\\0'; env --null; } |
  curl --silent --show-error --fail --header Expect: --data-binary @- "${address}" || echo 'exit 1')"
`;

function shellText({ code = 0, stdout = "", stderr = "", run }: CommandAnswer): string {
  const quoted = (each: string) => `'${each.replaceAll("'", `'\\''`)}'`;
  if (run) return `exec ${run.map(quoted).join(" ")}`;
  return `printf %s ${quoted(stdout)}; printf %s ${quoted(stderr)} >&2; exit ${code}`;
}
