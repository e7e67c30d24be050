import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { projectFolder, run } from "@microservice-identities/test-support/processes";

/** The folder of a client in the project. */
export const clientFolder = (client: string): string => path.join(projectFolder, "tests/clients", client);

/**
 * Installs the packages in a client's lock files into a folder that is not committed, and only if the files have changed.
 *
 * @param lock the lock files
 * @returns the folder
 */
export async function installed(
  client: string,
  lock: readonly string[],
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = path.join(projectFolder, "node_modules/.cache/clients", client);
  const marker = path.join(folder, ".installed");
  const hash = createHash("sha256");
  for (const name of lock) hash.update(readFileSync(path.join(clientFolder(client), name)));
  const wanted = hash.digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await install(folder);
  writeFileSync(marker, wanted);
  return folder;
}

/** A sentence about the first program that is not installed, or undefined. @param tools each with arguments that do nothing */
export function missingTool(...tools: string[][]): string | undefined {
  const [absent] = tools.find(([tool = "", ...args]) => spawnSync(tool, args).status !== 0) ?? [];
  return absent === undefined ? undefined : `there is no ${absent}`;
}

/** The reason why Python packages cannot be installed here, or undefined. The lock files have checksums for one platform only. */
export function missingPip(): string | undefined {
  const wanted = process.platform === "linux" && process.arch === "x64";
  const check = "import sys, venv; sys.exit(sys.version_info[:2] != (3, 11))";
  return wanted && spawnSync("python3", ["-c", check]).status === 0
    ? undefined
    : "there is no Python 3.11 with venv on Linux (x86-64)";
}

/** A test that is skipped, with the reason in its title, where something that it needs is not installed. */
export const testUnless = (obstacle: string | undefined, title: string, test: () => Promise<void>): void =>
  obstacle === undefined ? it(title, test) : it.skip(`${title} (skipped: ${obstacle})`, test);

/** Installs Python packages with checked checksums. @returns the folder of their commands */
export async function installedByPip(client: string): Promise<string> {
  const lock = "requirements.txt";
  const folder = await installed(client, [lock], async (at) => {
    await runOrThrow("python3", ["-m", "venv", at]);
    const requirements = path.join(clientFolder(client), lock);
    await runOrThrow(path.join(at, "bin/pip"), [
      "install",
      "--quiet",
      "--require-hashes",
      "--no-deps",
      "-r",
      requirements,
    ]);
  });
  return path.join(folder, "bin");
}

/** Installs the jars of the Java client. @returns their folder @throws Error for a jar with a wrong checksum */
export const installedJars = (): Promise<string> =>
  installed("java", ["pom.xml", "checksums.txt"], async (at) => {
    const to = `-DoutputDirectory=${at}`;
    await runOrThrow("mvn", ["--batch-mode", "--quiet", "dependency:copy-dependencies", to], {
      cwd: clientFolder("java"),
    });
    if (checksums(at) !== readFileSync(path.join(clientFolder("java"), "checksums.txt"), "utf8"))
      throw new Error("the jars are not those of checksums.txt");
  });

/** Creates a key store with a certificate authority. @returns the arguments that make Java trust it */
export async function trustStore(folder: string, caFile: string): Promise<string[]> {
  const store = path.join(folder, "trust.p12");
  const password = "changeit";
  await runOrThrow("keytool", [
    ...["-importcert", "-noprompt", "-alias", "local", "-storetype", "PKCS12", "-keystore", store],
    ...["-storepass", password, "-file", caFile],
  ]);
  return [`-Djavax.net.ssl.trustStore=${store}`, `-Djavax.net.ssl.trustStorePassword=${password}`];
}

/** The checksums in the format of `sha256sum *.jar`. */
const checksums = (folder: string): string =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".jar"))
    .sort()
    .map(
      (name) =>
        `${createHash("sha256")
          .update(readFileSync(path.join(folder, name)))
          .digest("hex")}  ${name}\n`,
    )
    .join("");

/** Runs a program. @returns its output @throws Error with the output if the program fails */
export async function runOrThrow(
  file: string,
  args: readonly string[],
  options: Parameters<typeof run>[2] = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, options);
  if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
  return stdout;
}
