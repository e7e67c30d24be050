import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";

jest.setTimeout(120_000);

const run = promisify(execFile);

/** Follows the procedure of docs/operations.md for a lock that a killed deployment left in a file backend. */
(findPulumiCli() === undefined ? describe.skip : describe)("a stale lock", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "lock-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const pulumi = async (...args: string[]): Promise<string> => {
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "of no worth",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const { stdout, stderr } = await run("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: path.join(folder, "project"),
      env,
    });
    return stdout + stderr;
  };

  it("blocks changes to a stack until pulumi cancel removes it", async () => {
    await mkdir(path.join(folder, "project"));
    await writeFile(path.join(folder, "project", "Pulumi.yaml"), "name: locked\nruntime: yaml\n");
    await pulumi("stack", "init", "dev");
    const locks = path.join(folder, ".pulumi/locks/organization/locked/dev");
    await mkdir(locks, { recursive: true });
    const lock = { pid: 1, username: userInfo().username, hostname: hostname(), timestamp: "2026-11-25T00:00:00Z" };
    await writeFile(path.join(locks, "7f0a2c7e-3f0b-4d63-9d0a-2c5b3cf1a001.json"), JSON.stringify(lock));
    const refresh = () => pulumi("refresh", "--stack", "dev", "--yes");
    await expect(refresh()).rejects.toThrow(/the stack is currently locked by 1 lock\(s\)/);
    await pulumi("cancel", "--stack", "dev", "--yes");
    await expect(refresh()).resolves.toMatch(/Resources:/);
  });
});
