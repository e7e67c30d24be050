import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { ScriptProcess } from "../scriptProcess";

describe("a script in a separate process", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "script-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function started(program: string, args: readonly string[] = []) {
    const file = path.join(folder, "script.ts");
    await writeFile(file, program);
    // Node finds `tsx` relative to the process's working directory.
    return new ScriptProcess<unknown>(file, { args, cwd: projectFolder, quiet: true });
  }

  it("can be written in TypeScript, and answers messages in their order until it is stopped", async () => {
    const echo =
      'process.on("message", (it: unknown) => { process.send?.([process.argv[2], it]); process.send?.("and"); });';
    const script = await started(echo, ["a"]);
    script.send({ n: 1 });
    script.send({ n: 2 });
    expect([await script.next(), await script.next(), await script.next()]).toEqual([
      ["a", { n: 1 }],
      "and",
      ["a", { n: 2 }],
    ]);
    await script.stop();
  });

  it("returns the answers that it sent before it exited, and then reports its exit code and its output", async () => {
    const script = await started('process.send?.("last", () => { console.error("no disk"); process.exit(3); });');
    expect(await script.next()).toBe("last");
    await expect(script.next()).rejects.toEqual(new Error("script.ts ended with exit code 3: no disk"));
    await script.ended();
  });
});
