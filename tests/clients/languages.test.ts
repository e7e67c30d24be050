import path from "node:path";
import { type ClientScenario, clientScenario, expectedLines } from "./clientScenario";
import {
  clientFolder,
  installed,
  installedByPip,
  installedJars,
  missingPip,
  missingTool,
  runOrThrow,
  testUnless,
  trustStore,
} from "./installed";

jest.setTimeout(600_000);

/** The tests use unmodified SDKs at locked versions, which the first run installs. */
describe("on a local Azure, a service signs in with a secret, certificate, federation and managed identity, reads its own vault but no foreign one, and calls the sample API", () => {
  let scenario: ClientScenario;
  beforeAll(async () => {
    scenario = await clientScenario();
  });
  afterAll(() => scenario.close());

  const language = (name: string, obstacle: string | undefined, test: () => Promise<void>) =>
    testUnless(obstacle, `with ${name}`, test);
  const printed = async (file: string, args: readonly string[], env: Record<string, string> = {}) =>
    (await runOrThrow(file, args, { env: { ...scenario.env, ...env }, cwd: scenario.folder })).trim().split("\n");

  language("Node", undefined, async () => {
    const program = path.join(clientFolder("node"), "scenario.ts");
    expect(await printed(process.execPath, ["--import", require.resolve("tsx"), program])).toEqual(expectedLines);
  });

  language("Python", missingPip(), async () => {
    const bin = await installedByPip("python");
    const lines = await printed(path.join(bin, "python"), [path.join(clientFolder("python"), "scenario.py")]);
    expect(lines).toEqual([...expectedLines, "msal: api 200"]);
  });

  language("Go", missingTool(["go", "version"]), async () => {
    const folder = await installed("go", ["go.mod", "go.sum", "scenario.go"], async (at) => {
      await runOrThrow("go", ["build", "-mod=readonly", "-o", path.join(at, "scenario"), "."], {
        cwd: clientFolder("go"),
      });
    });
    expect(await printed(path.join(folder, "scenario"), [])).toEqual([
      ...expectedLines,
      "vaults: 1 in the group, 403 in the subscription",
    ]);
  });

  language("Java", missingTool(["mvn", "--version"], ["keytool", "-help"]), async () => {
    const folder = await installedJars();
    const trusting = await trustStore(scenario.folder, path.join(scenario.folder, "ca.pem"));
    const program = path.join(clientFolder("java"), "Scenario.java");
    const lines = await printed("java", [...trusting, "-cp", `${folder}/*`, program]);
    expect(lines).toEqual([...expectedLines, "msal: api 200"]);
  });
});
