import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "@microservice-identities/test-support/processes";
import { Agent, fetch } from "undici";

jest.setTimeout(60_000);

const command = [path.join(__dirname, "../command.ts")];
const localAzure = (...args: string[]) => run(process.execPath, ["--import", "tsx", ...command, ...args]);

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), "local-azure-"));
  folder = path.join(parent, "connection");
});
afterEach(() => rm(parent, { recursive: true }));

interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  /** Sends SIGINT, the signal of Ctrl+C. */
  stop(): Promise<number | null>;
}

async function started(...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, ["--import", "tsx", ...command, "--folder", folder, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const closed = once(child, "close");
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      if (stdout.includes("deployer.env")) resolve();
    });
    child.on("close", (code) => reject(new Error(`it ended with ${code}: ${stderr}`)));
  });
  const stop = async () => {
    child.kill("SIGINT");
    return ((await closed) as [number | null])[0];
  };
  return { child, stdout: () => stdout, stop };
}

const variables = async (name: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    [...(await readFile(path.join(folder, name), "utf8")).matchAll(/^(\w+)='(.*)'$/gm)].map(([, key, value]) => [
      key,
      value,
    ]),
  );

/** A port that no process uses. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

it("prints its help", async () => {
  const { code, stdout, stderr } = await localAzure("--help");
  expect([code, stdout.split("\n")[0], stderr]).toEqual([0, "Usage: local-azure [options]", ""]);
  expect(stdout.match(/^ {2}(-\w, )?--\w+/gm)?.map((option) => option.trim())).toEqual([
    "-p, --port",
    "-f, --folder",
    "--cloud",
    "--seed",
    "--state",
    "--policies",
    "--faults",
    "-h, --help",
  ]);
});

it("writes files that clients need to sign in on its port, with permissions for the user alone, and deletes them on Ctrl+C", async () => {
  const port = await freePort();
  const running = await started("--port", String(port));
  try {
    expect((await readdir(folder)).sort()).toEqual([
      "ca.pem",
      "deployer.env",
      "pid",
      "services",
      "tls.crt",
      "tls.key",
      "vaults.env",
    ]);
    expect(await readdir(path.join(folder, "services"))).toEqual([]);
    const mode = async (name: string) => ((await stat(path.join(folder, name))).mode & 0o777).toString(8);
    expect(await Promise.all([".", "services", "deployer.env", "tls.key"].map(mode))).toEqual([
      "700",
      "700",
      "600",
      "600",
    ]);
    expect(await readFile(path.join(folder, "pid"), "utf8")).toBe(String(running.child.pid));

    const { ARM_METADATA_HOSTNAME, ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, NODE_EXTRA_CA_CERTS } =
      await variables("deployer.env");
    expect(ARM_METADATA_HOSTNAME).toBe(`localhost:${port}`);
    // Without these, Pulumi's providers also look for other identities of the machine.
    expect(await variables("deployer.env")).toMatchObject({
      ARM_USE_CLI: "false",
      ARM_USE_MSI: "false",
      ARM_USE_OIDC: "false",
    });
    const dispatcher = new Agent({ connect: { ca: await readFile(NODE_EXTRA_CA_CERTS ?? "", "utf8") } });
    const answer = await fetch(`https://${ARM_METADATA_HOSTNAME}/${ARM_TENANT_ID}/oauth2/v2.0/token`, {
      method: "POST",
      dispatcher,
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: ARM_CLIENT_ID ?? "",
        client_secret: ARM_CLIENT_SECRET ?? "",
        scope: `https://${ARM_METADATA_HOSTNAME}/graph/.default`,
      }),
    });
    await answer.arrayBuffer();
    await dispatcher.close();
    expect(answer.status).toBe(200);
  } finally {
    expect(await running.stop()).toBe(0);
  }
  expect(running.stdout().trimEnd().split("\n").at(-1)).toBe(
    "The local Azure has stopped, and everything in it is gone.",
  );
  expect(await readdir(parent)).toEqual([]);
});

it("starts with a seed, writes a file for each of its applications, and keeps everything in a folder for the next start", async () => {
  const [file, state, port] = [path.join(parent, "seed.yaml"), path.join(parent, "state"), String(await freePort())];
  await writeFile(file, "applications:\n  - name: orders\n");
  const begun = () => started("--port", port, "--seed", file, "--state", state);
  const first = await begun();
  const { AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = await variables("services/orders.env");
  const deployer = await variables("deployer.env");
  expect(await first.stop()).toBe(0);
  expect(first.stdout().trimEnd().split("\n").at(-1)).toBe(
    "The local Azure has stopped, and everything in it is kept.",
  );
  expect(((await stat(path.join(state, "azure.state"))).mode & 0o777).toString(8)).toBe("600");
  const second = await begun();
  try {
    expect((await variables("deployer.env")).ARM_CLIENT_SECRET).toBe(deployer.ARM_CLIENT_SECRET);
    expect((await variables("services/orders.env")).AZURE_CLIENT_SECRET).toBe(AZURE_CLIENT_SECRET);
    const dispatcher = new Agent({ connect: { ca: await readFile(deployer.SSL_CERT_FILE ?? "", "utf8") } });
    const answer = await fetch(`https://localhost:${port}/${deployer.ARM_TENANT_ID}/oauth2/v2.0/token`, {
      method: "POST",
      dispatcher,
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: AZURE_CLIENT_ID ?? "",
        client_secret: AZURE_CLIENT_SECRET ?? "",
        scope: "https://vault.azure.net/.default",
      }),
    });
    await answer.arrayBuffer();
    await dispatcher.close();
    expect(answer.status).toBe(200);
  } finally {
    await second.stop();
    await rm(state, { recursive: true });
    await rm(file);
  }
});

it("injects the faults in a file", async () => {
  const file = path.join(parent, "faults.yaml");
  await writeFile(file, "faults:\n  - endpoint: entra\n    kind: unavailable\n");
  const running = await started("--faults", file);
  try {
    const { ARM_METADATA_HOSTNAME, ARM_TENANT_ID, SSL_CERT_FILE } = await variables("deployer.env");
    const dispatcher = new Agent({ connect: { ca: await readFile(SSL_CERT_FILE ?? "", "utf8") } });
    const keys = `https://${ARM_METADATA_HOSTNAME}/${ARM_TENANT_ID}/discovery/v2.0/keys`;
    const answer = await fetch(keys, { dispatcher });
    await answer.arrayBuffer();
    await dispatcher.close();
    expect(answer.status).toBe(503);
  } finally {
    expect(await running.stop()).toBe(0);
  }
});

describe("exits with 2 and the reason, and changes nothing,", () => {
  it("if its port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { code, stdout, stderr } = await localAzure("--folder", folder, "--port", String(port));
    server.close();
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      `\nport ${port} is taken: choose another with --port, or leave it out\n`,
    ]);
    expect(await readdir(parent)).toEqual([]);
  });

  it("if the folder contains other files", async () => {
    await mkdir(folder);
    await writeFile(path.join(folder, "mine.txt"), "precious");
    const { code, stderr } = await localAzure("--folder", folder);
    expect([code, stderr]).toEqual([
      2,
      `\n--folder: ${folder} contains mine.txt; allowed: an empty folder, or a folder that does not exist\n`,
    ]);
    expect(await readdir(folder)).toEqual(["mine.txt"]);
  });

  it("if a running process uses the folder", async () => {
    const running = await started();
    const files = await readdir(folder);
    try {
      const { code, stderr } = await localAzure("--folder", folder);
      expect([code, stderr]).toEqual([
        2,
        `\n--folder: ${folder} is in use by process ${running.child.pid}: stop it, or choose another folder\n`,
      ]);
      expect(await readdir(folder)).toEqual(files);
    } finally {
      await running.stop();
    }
  });

  it("if the fault plan is wrong", async () => {
    const file = path.join(parent, "faults.yaml");
    await writeFile(file, "faults:\n  - kind: gone\n");
    const { code, stderr } = await localAzure("--folder", folder, "--faults", file);
    expect([code, stderr.split("\n")]).toEqual([
      2,
      [
        "",
        `--faults: ${file} has 1 problem(s):`,
        '  line 2: faults[0].kind is "gone"; allowed: "throttled", "internalError", "unavailable", "slow", "dropped", "answerLost"',
        "",
      ],
    ]);
    expect(await readdir(parent)).toEqual(["faults.yaml"]);
  });

  it("if an option is wrong", async () => {
    const { code, stderr } = await localAzure("--port", "70000");
    expect([code, stderr]).toEqual([
      2,
      "error: option '-p, --port <port>' argument '70000' is invalid. Allowed: a whole number from 0 to 65535; 0 is any free port.\n`local-azure --help` lists the options.\n",
    ]);
  });
});

it("uses the folder of a killed process, and removes that process's files", async () => {
  const killed = await started();
  await writeFile(path.join(folder, "services", "old.env"), "");
  const ended = once(killed.child, "close");
  killed.child.kill("SIGKILL");
  await ended;
  const next = await started();
  try {
    expect(await readdir(path.join(folder, "services"))).toEqual([]);
    expect(await readFile(path.join(folder, "pid"), "utf8")).toBe(String(next.child.pid));
  } finally {
    expect(await next.stop()).toBe(0);
  }
});
