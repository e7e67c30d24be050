import path from "node:path";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { command, exitCodeOf, runIfProgram } from "./command";
import { replaceSection, type SectionMarks } from "./files";
import { call } from "./oneCall/call";
import { register } from "./oneCall/registration";
import { issueAndReadSecret } from "./oneCall/secret";
import { openSession } from "./oneCall/session";
import { askForToken } from "./oneCall/token";
import { projectFolder } from "./projectFolder";

const pageFile = path.join(projectFolder, "docs", "one-call.md");
const marks: SectionMarks = ["<!-- recorded from here: npm run one-call-page -->", "<!-- recorded up to here -->"];

async function oneCallPage(): Promise<number> {
  const azure = await startLocalAzure();
  try {
    await replaceSection(pageFile, marks, await recordOneCall(azure));
  } finally {
    await azure.close();
  }
  return 0;
}

/** @returns Markdown with every request of one call and its answer, starting with the registration */
async function recordOneCall(azure: LocalAzure): Promise<string> {
  const session = await openSession(azure);
  const { api, caller } = await register(session);
  const secret = await issueAndReadSecret(session, caller);
  const token = await askForToken(session, { api, caller, secret });
  await call(session, api, token);
  await session.recorder.close();
  return session.recorder.masked();
}

export const oneCallPageCommand = command("one-call-page", {
  does: "Runs the requests of docs/one-call.md on a local Azure, and records them and their answers again.",
  exitCodes: { 0: "recorded", 2: "it could not run" },
  example: "npm run one-call-page",
}).action(() => exitCodeOf(oneCallPage()));
runIfProgram(__filename, oneCallPageCommand);
