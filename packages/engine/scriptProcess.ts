import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";
import path from "node:path";

export interface ScriptOptions {
  readonly args?: readonly string[];
  /** All of its environment. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: this process's. */
  readonly cwd?: string;
  /** What Node gets beside what it needs for TypeScript, as in `--max-semi-space-size=64`. */
  readonly nodeArguments?: readonly string[];
  /** Whether what it writes is kept for the error, rather than shown. Default: shown. */
  readonly quiet?: boolean;
}

/** A script that ended before it answered. */
export class ScriptEndedError extends Error {
  constructor(
    script: string,
    /** As in `exit code 1`, or `SIGKILL`. */
    readonly ending: string,
    /** What it wrote to standard error, if it is quiet. */
    readonly output: string,
  ) {
    super([`${script} ended with ${ending}`, output].filter(Boolean).join(": "));
  }
}

/** What Node needs to run TypeScript as it is. */
export const typescript = ["--import", "tsx"] as const;

/** A TypeScript file of ours that runs as a process of its own, and answers messages with messages. */
export class ScriptProcess<Answer> {
  private readonly child: ChildProcess;
  private readonly answers: AsyncIterator<[Answer]>;
  private readonly closed: Promise<string>;
  private output = "";

  /** @param file absolute */
  constructor(
    private readonly file: string,
    { args = [], env, cwd, nodeArguments = [], quiet = false }: ScriptOptions = {},
  ) {
    this.child = fork(file, args, {
      execArgv: [...typescript, ...nodeArguments],
      env,
      cwd,
      // Keeps what JSON loses, as `undefined` in a list.
      serialization: "advanced",
      stdio: quiet ? ["ignore", "ignore", "pipe", "ipc"] : ["ignore", "inherit", "inherit", "ipc"],
    });
    this.child.stderr?.on("data", (chunk: Buffer) => (this.output += chunk));
    this.closed = once(this.child, "close").then(([code, signal]) => `${signal ?? `exit code ${code}`}`);
    // Whoever waits for an answer is told of a process that could not start.
    this.closed.catch(() => undefined);
    this.answers = on(this.child, "message", { close: ["close"] }) as AsyncIterator<[Answer]>;
  }

  send(message: object): void {
    this.child.send(message);
  }

  /**
   * The next answer.
   *
   * @throws ScriptEndedError when there will be none
   */
  async next(): Promise<Answer> {
    const { done, value } = await this.answers.next();
    if (!done) return value[0];
    throw new ScriptEndedError(path.basename(this.file), await this.closed, this.output.trim());
  }

  /** Waits until the process has ended by itself. */
  async ended(): Promise<void> {
    await this.closed;
  }

  /** Ends the process, and waits until it has. */
  async stop(): Promise<void> {
    this.child.kill();
    await this.closed;
  }
}
