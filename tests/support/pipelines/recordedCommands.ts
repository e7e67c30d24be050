import { writeFile } from "node:fs/promises";
import path from "node:path";
import { comment } from "../../../cli/pipelines/pullRequestComment";
import type { Command, CommandCall } from "./commandServer";

/** A command that a job started, and the identity that it would sign in as. */
export interface RecordedCommand {
  readonly line: string;
  readonly clientId?: string;
}

/**
 * The commands of our workflows without their work: each is recorded, and succeeds.
 *
 * @param consents whether a change grants or revokes anything
 * @param failing the beginning of a command line that fails
 */
export function recordedCommands({
  consents = () => false,
  failing = () => undefined,
  during = () => undefined,
}: {
  readonly consents?: () => boolean;
  readonly failing?: () => string | undefined;
  /** What else happens while a command runs. */
  readonly during?: (call: CommandCall) => Promise<void> | void;
} = {}): { commands: Record<string, Command>; calls: RecordedCommand[] } {
  const calls: RecordedCommand[] = [];
  const record =
    (answer: Command = () => ({})): Command =>
    async (call) => {
      calls.push({ line: call.line, clientId: call.environment.ARM_CLIENT_ID });
      await during(call);
      const failed = failing();
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
  // What writes into a pipe fails if nobody reads.
  const readsAll: Command = () => ({ run: ["/bin/sh", "-c", "cat > /dev/null"] });
  const commands = {
    ...{ "npm ci": record(), "npm test": record(), "npm run typecheck": record(), "npm run lint": record() },
    "npm run --silent review": record(() => ({ stdout: JSON.stringify({ change: { consents: consents() } }) })),
    "npm run review": record(reviewed),
    "npm run pull-request-comment": record(commented),
    ...{ "npm run up": record(), "npm run --silent up": record(), "npm run verify": record() },
    ...{ "npm run --silent preflight": record(), "npm run --silent expiry": record(readsAll) },
    ...{ "pulumi login": record(), "pulumi config set": record(), "pulumi preview": record() },
    ...{ "pulumi refresh": record(), "pulumi stack output": record(() => ({ stdout: "{}\n" })) },
  };
  return { commands, calls };
}
