import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { comment } from "../../../cli/pipelines/pullRequestComment";
import type { Command, CommandCall } from "./commandServer";

/** A command that a job started, and the identity that it would sign in as. */
export interface RecordedCommand {
  readonly line: string;
  readonly clientId?: string;
}

/** The conditions that a test sets for pipelines. */
export interface Answers {
  /** Whether a change grants or revokes anything. */
  consents: boolean;
  /** The beginning of a command line that fails. */
  failing?: string;
  /** The environment whose reviewers refuse. */
  refusing?: string;
  /** Is called while a command runs. */
  during?: (call: CommandCall) => Promise<void> | void;
}

/** The commands of our pipelines without their work: each is recorded, and succeeds unless the answers say otherwise. */
export function recordedCommands() {
  const answers: Answers = { consents: true };
  /** The environments whose reviewers were asked. */
  const asked: string[] = [];
  const calls: RecordedCommand[] = [];
  const record =
    (answer: Command = () => ({})): Command =>
    async (call) => {
      calls.push({ line: call.line, clientId: call.environment.ARM_CLIENT_ID });
      await answers.during?.(call);
      const failed = answers.failing;
      if (failed !== undefined && call.line.startsWith(failed)) return { code: 1, stderr: `${call.line} has failed\n` };
      return answer(call);
    };
  const reviewed: Command = async ({ folder }) => {
    await writeFile(path.join(folder, "review.md"), "<!-- access review -->\nNothing changes.\n");
    await writeFile(path.join(folder, "review.sarif"), "{}");
    await writeFile(path.join(folder, "review.html"), "<!doctype html>");
    return {};
  };
  const commented: Command = async ({ environment }) => ({
    stdout: await comment("<!-- access review -->\nNothing changes.\n", environment),
  });
  /** Writes the reports that the command line names. */
  const reported: Command = async ({ folder, line }) => {
    for (const [, file = ""] of line.matchAll(/--out (\S+)/g)) {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), `${path.basename(file)}\n`);
    }
    return {};
  };
  // Reads the standard input, because the writer of a pipe fails if nobody reads.
  const readsAll: Command = () => ({ run: ["/bin/sh", "-c", "cat > /dev/null"] });
  const commands = {
    ...{ "npm ci": record(), "npm test": record(), "npm run typecheck": record(), "npm run lint": record() },
    "npm run --silent review": record(() => ({ stdout: JSON.stringify({ change: { consents: answers.consents } }) })),
    "npm run review": record(reviewed),
    "npm run pull-request-comment": record(commented),
    ...{ "npm run --silent audit": record(reported), "npm run --silent usage": record(reported) },
    "pulumi stack export": record(),
    ...{ "npm run up": record(), "npm run --silent up": record(), "npm run verify": record() },
    ...{ "npm run --silent preflight": record(), "npm run --silent expiry": record(readsAll) },
    ...{ "pulumi login": record(), "pulumi config set": record(), "pulumi preview": record() },
    ...{ "pulumi refresh": record(), "pulumi stack output": record(() => ({ stdout: "{}\n" })) },
  };
  return {
    ...{ answers, asked, calls, commands },
    async approve(environment: string): Promise<boolean> {
      asked.push(environment);
      return environment !== answers.refusing;
    },
    /** The deployments (each with its identity) and proofs since this function was last called, in order. */
    deployments: (): string[] =>
      calls.splice(0).flatMap(({ line, clientId }) => {
        const stack = /--stack (\w+)/.exec(line)?.[1];
        if (/^npm run (--silent )?up/.test(line)) return [`${stack} as the ${clientId}`];
        return line.startsWith("npm run verify") ? ["proof"] : [];
      }),
  };
}

/**
 * The stacks that two runs deployed at the same time.
 *
 * @param work what a deployment does while it runs. Default: it waits for a moment
 */
export function overlapsOf(
  answers: Answers,
  work: (stack: string) => Promise<unknown> = () => delay(50),
): readonly string[] {
  const busy = new Set<string>();
  const overlaps: string[] = [];
  answers.during = async ({ line }) => {
    const stack = /^npm run up .*--stack (\w+)/.exec(line)?.[1];
    if (stack === undefined) return;
    if (busy.has(stack)) overlaps.push(stack);
    busy.add(stack);
    await work(stack);
    busy.delete(stack);
  };
  return overlaps;
}
