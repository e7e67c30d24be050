import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import {
  clientFolder,
  installedByPip,
  installedJars,
  missingPip,
  missingTool,
  runOrThrow,
  testUnless,
  trustStore,
} from "./installed";
import { readmeSeed } from "./readmeSeed";

jest.setTimeout(600_000);

/** Runs the programs of the local Azure's pages. The tests in tests/docs compare these programs with the pages. */
describe("with the README's seed, the program of a page prints the secret, as an application and as a managed identity", () => {
  let azure: LocalAzure;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "pages-"));
    azure = await startLocalAzure({ seed: readmeSeed() });
    await writeFile(path.join(folder, "ca.pem"), azure.caCertificate);
  });
  afterAll(async () => {
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  });

  const language = (name: string, obstacle: string | undefined, test: () => Promise<void>) =>
    testUnless(obstacle, `in ${name}`, test);
  async function expectHello(file: string, args: readonly string[]): Promise<void> {
    const ca = path.join(folder, "ca.pem");
    const trust = { NODE_EXTRA_CA_CERTS: ca, SSL_CERT_FILE: ca, REQUESTS_CA_BUNDLE: ca };
    for (const service of ["orders", "id-orders"]) {
      const env = { PATH: process.env.PATH, ...azure.seeded.get(service), ...trust };
      expect([service, (await runOrThrow(file, args, { env, cwd: folder })).trim()]).toEqual([service, "hello"]);
    }
  }

  language("Node", undefined, () => expectHello(process.execPath, [path.join(clientFolder("node"), "readSecret.mjs")]));

  language("Python", missingPip(), async () => {
    const python = path.join(await installedByPip("python"), "python");
    await expectHello(python, [path.join(clientFolder("python"), "read_secret.py")]);
  });

  language("Go", missingTool(["go", "version"]), async () => {
    const program = path.join(folder, "readsecret");
    await runOrThrow("go", ["build", "-mod=readonly", "-o", program, "./readsecret"], { cwd: clientFolder("go") });
    await expectHello(program, []);
  });

  language("Java", missingTool(["mvn", "--version"], ["keytool", "-help"]), async () => {
    const trusting = await trustStore(folder, path.join(folder, "ca.pem"));
    const program = path.join(clientFolder("java"), "ReadSecret.java");
    await expectHello("java", [...trusting, "-cp", `${await installedJars()}/*`, program]);
  });
});
