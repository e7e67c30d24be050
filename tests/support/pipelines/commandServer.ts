import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { json } from "node:stream/consumers";

/** A program as a script of a job started it. */
export interface CommandCall {
  /** As in `npm run up -- --stack dev`. */
  readonly line: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** What the program answers; `run` is a program to run in its place, with its standard input. */
export interface CommandAnswer {
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly run?: { readonly file: string; readonly args: readonly string[] };
}

interface Started {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

export type Command = (call: CommandCall) => Promise<CommandAnswer | undefined> | CommandAnswer | undefined;

/**
 * Programs on the PATH of the jobs, which the test plays: each start of one is a request to this process.
 *
 * @param commands by the beginning of the command line, as in `npm run up`; the longest decides. A command line that begins
 *   with none of them fails
 */
export async function commandServer(folder: string, commands: Readonly<Record<string, Command>>) {
  const server = http.createServer(async (request, response) => {
    const { program, args, folder: workingFolder, environment } = (await json(request)) as Started;
    const line = [program, ...args].join(" ");
    const name = Object.keys(commands)
      .filter((each) => line === each || line.startsWith(`${each} `))
      .sort((one, other) => other.length - one.length)[0];
    let answer: CommandAnswer | undefined;
    try {
      if (name === undefined) throw new Error(`the command ${line} has no declared effect`);
      answer = await commands[name]?.({ line, args, folder: workingFolder, environment });
    } catch (error) {
      answer = { code: 1, stderr: `${(error as Error).message}\n` };
    }
    response.end(JSON.stringify(answer ?? {}));
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

const programText = (program: string, address: string) => `#!${process.execPath}
const { request } = require("node:http");
const { spawnSync } = require("node:child_process");
const call = { program: "${program}", args: process.argv.slice(2), folder: process.cwd(), environment: process.env };
const sent = request("${address}", { method: "POST" }, (response) => {
  let text = "";
  response.on("data", (chunk) => (text += chunk));
  response.on("end", () => {
    const { code = 0, stdout = "", stderr = "", run } = JSON.parse(text);
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = run ? spawnSync(run.file, run.args, { stdio: "inherit" }).status ?? 1 : code;
  });
});
sent.end(JSON.stringify(call));
`;
