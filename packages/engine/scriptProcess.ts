import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";
import path from "node:path";

export interface ScriptOptions {
  readonly args?: readonly string[];
  /** Its whole environment. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: this process's. */
  readonly cwd?: string;
  /** Additional arguments for Node, for example `--max-semi-space-size=64`. */
  readonly nodeArguments?: readonly string[];
  /** Whether its output is kept for the error instead of shown. Default: shown. */
  readonly quiet?: boolean;
}

/** A script that ended before it answered. */
export class ScriptEndedError extends Error {
  constructor(
    script: string,
    /** For example `exit code 1`, or `SIGKILL`. */
    readonly ending: string,
    /** Its output on standard error, if it is quiet. */
    readonly output: string,
  ) {
    super([`${script} ended with ${ending}`, output].filter(Boolean).join(": "));
  }
}

/** The arguments with which Node runs TypeScript. */
export const typescript = ["--import", "tsx"] as const;

/** A TypeScript file of this project that runs in a separate process and answers messages with messages. */
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
      // Keeps values that JSON loses, for example `undefined` in a list.
      serialization: "advanced",
      stdio: quiet ? ["ignore", "ignore", "pipe", "ipc"] : ["ignore", "inherit", "inherit", "ipc"],
    });
    this.child.stderr?.on("data", (chunk: Buffer) => (this.output += chunk));
    this.closed = once(this.child, "close").then(([code, signal]) => `${signal ?? `exit code ${code}`}`);
    // `next` and `ended` report a process that could not start.
    this.closed.catch(() => undefined);
    this.answers = on(this.child, "message", { close: ["close"] }) as AsyncIterator<[Answer]>;
  }

  send(message: object): void {
    this.child.send(message);
  }

  /**
   * The next answer.
   *
   * @throws ScriptEndedError if the process ended without an answer
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

  /** Ends the process and waits for its end. */
  async stop(): Promise<void> {
    this.child.kill();
    await this.closed;
  }
}
