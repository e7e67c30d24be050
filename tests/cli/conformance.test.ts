import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { projectFolder, runCommandIn } from "@microservice-identities/test-support/processes";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { graphRoleIds, microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import { assumptions, assumptionTable } from "../../cli/conformance/assumptions";
import { type RecordedRequest, type RecordingLine, readRecording } from "../../cli/conformance/recording";

jest.setTimeout(120_000);

const quick = ["--yes", "--tries", "2", "--patience", "5", "--pause", "0.01", "--quota", "12"];
const nothing = { applications: [], deleted: [], groups: [], vaults: [], deletedVaults: [] };

describe("the conformance run", () => {
  let folder: string;
  let out: string;
  let azure: TestAzure;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "conformance-"));
    out = path.join(folder, "recording.jsonl");
    azure = await startTestAzure({ tenantSettings: { objectsPerCreator: 12 } });
    // A directory role exempts the deployer from the quota: it creates more objects than the registrar, whose quota the run examines.
    azure.azure.tenant.directoryRoleHolders.add(deployer());
    await writeFile(path.join(folder, "ca.pem"), azure.azure.caCertificate);
  });
  afterEach(async () => {
    await azure.close();
    await rm(folder, { recursive: true });
  });

  const deployer = (): string => {
    const { tenant, deployer: environment } = azure.azure;
    return tenant.servicePrincipalOf(environment.ARM_CLIENT_ID)?.id ?? "";
  };
  const environment = () => ({ ...azure.azure.deployer, NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem") });
  const conformance = (...args: string[]) => runCommandIn({ env: environment() }, "conformance", ...args);
  const examine = (...args: string[]) => conformance(...quick, "--out", out, ...args);
  const leftBehind = () => {
    const { tenant, subscription } = azure.azure;
    const names = (objects: Iterable<{ displayName: string }>) =>
      [...objects].map(({ displayName }) => displayName).filter((name) => name !== "deployer");
    return {
      applications: names(tenant.applications.values()),
      deleted: tenant.deletedItems.all().map(({ object }) => object.displayName),
      groups: [...subscription.groups.keys()],
      vaults: [...subscription.vaults.keys()],
      deletedVaults: [...subscription.deletedVaults.keys()],
    };
  };
  const resultsIn = (lines: readonly RecordingLine[]) =>
    Object.fromEntries(lines.flatMap((line) => (line.kind === "result" ? [[line.assumption, line.result]] : [])));

  it("confirms every assumption on the local Azure, deletes all its objects, and its recording replays without a difference", async () => {
    const { code, stderr } = await examine();
    expect([code, stderr]).toEqual([0, ""]);
    expect(leftBehind()).toEqual(nothing);
    const lines = await readRecording(out);
    expect(resultsIn(lines)).toEqual(Object.fromEntries(assumptions.map(({ id }) => [id, "confirmed"])));

    const again = await conformance("--replay", out);
    const requests = /^(\d+) requests replayed on a local Azure, 0 difference\(s\)\.\n$/.exec(again.stdout)?.[1];
    expect([again.code, again.stderr]).toEqual([0, ""]);
    expect(Number(requests)).toBe(replayedRequests(lines).length);
  });

  it("records no secrets or tokens, and no addresses or ids of the tenant", async () => {
    await examine("--only", "C-02", "C-08", "C-10", "C-11", "C-22", "C-29");
    const recording = await readFile(out, "utf8");
    const { tenantId, subscriptionId, deployer: signedIn, host } = azure.azure;
    const hidden = [tenantId, subscriptionId, ...Object.values(signedIn), deployer(), host, "localhost", "eyJ"];
    expect(hidden.filter((text) => recording.toLowerCase().includes(text.toLowerCase()))).toEqual([]);
    const guids = recording.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi) ?? [];
    const ofEveryTenant = [
      microsoftGraph,
      ...Object.values(graphRoleIds()),
      ...Object.values(azureRoles).map(({ id }) => id),
    ];
    expect(guids.filter((id) => !ofEveryTenant.includes(id))).toEqual([]);
    const values = replayedRequests(await readRecording(out)).flatMap(({ request, body }) => [
      request.bearer,
      request.form?.client_secret,
      body.secretText,
      body.access_token,
    ]);
    const kinds = new Set(values.flatMap((value) => (typeof value === "string" ? value.replace(/-\d+>$/, ">") : [])));
    expect([...kinds].sort()).toEqual([
      "<deployer's token for graph>",
      "<deployer's token for key vault>",
      "<deployer's token for resource manager>",
      "<secret>",
      "<token>",
      // The wrong secret that C-22 sends.
      "wrong",
    ]);
  });

  it("refutes an assumption that the tenant contradicts, and prints the evidence", async () => {
    azure.azure.tenant.settings.ownersAssignRoles = true;
    azure.azure.faults.set({ staleReadSeconds: 60 });
    const { code, stdout } = await examine("--tries", "1", "--only", "C-02", "C-03", "C-13");
    expect(code).toBe(1);
    expect(resultsIn(await readRecording(out))).toEqual({ "C-02": "refuted", "C-03": "confirmed", "C-13": "refuted" });
    expect(stdout).toContain("refuted: 201: the role was assigned");
    expect(stdout).toContain(
      "refuted: 0 of 1 at once; median 0.00 s, 90 % within 0.00 s, longest 0.00 s; assumed: at most 1.5 s; 1 not within 5 s\n",
    );
    expect(leftBehind()).toEqual(nothing);
  });

  it("lists each difference between a recording and the local Azure, and nothing else", async () => {
    await examine("--only", "C-05", "C-23");
    const lines = await readRecording(out);
    const requests = replayedRequests(lines);
    const [created] = requests.filter(({ request }) => request.path === "/v1.0/applications");
    const [refused] = requests.filter(({ body }) => JSON.stringify(body).includes("NoBackingApplicationObject"));
    const [missing] = requests.filter(({ status }) => status === 404);
    if (!created || !refused || !missing) throw new Error("the recording lacks a line that this test changes");
    Object.assign(created.body, { memberOfTomorrow: "boolean", tags: "string" });
    Object.assign(refused.body.error as object, { message: "Another text." });
    missing.status = 410;
    await writeFile(out, lines.map((line) => JSON.stringify(line)).join("\n"));
    const { code, stdout } = await conformance("--replay", out);
    expect([code, ...stdout.split("\n").map((line) => line.replace(/<id-\d+>/g, "<id>"))]).toEqual([
      1,
      `${requests.length} requests replayed on a local Azure, 4 difference(s).`,
      "  C-05 POST /v1.0/applications: tags is a string in the recording, list in the local Azure",
      "  C-05 POST /v1.0/applications: memberOfTomorrow is in the recording only",
      "  C-23 GET /v1.0/applications/<id>: status 410 in the recording, 404 in the local Azure",
      `  C-23 POST /v1.0/servicePrincipals: error.message is "Another text." in the recording, "The appId '<…>' of the service principal does not reference a valid application object." in the local Azure`,
      "",
    ]);
  });

  /** Starts a run, and sends it a signal while the registrar creates objects. By then there are more than two pages of them. */
  const runAndSignal = async (signal: "SIGINT" | "SIGKILL") => {
    const args = [
      "--import",
      "tsx",
      "cli/conformance.ts",
      ...quick,
      "--quota",
      "400",
      "--out",
      out,
      "--only",
      "C-20",
      "C-21",
    ];
    azure.azure.tenant.settings.objectsPerCreator = 400;
    const child = spawn(process.execPath, args, { cwd: projectFolder, env: { ...process.env, ...environment() } });
    let stdout = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    const closed = once(child, "close");
    while (azure.azure.tenant.applications.size < 220) await once(child.stdout, "data").then(() => onceCreated());
    child.kill(signal);
    const [code] = (await closed) as [number | null];
    return { code, stdout, stderr };
  };
  const onceCreated = async () => {
    while (azure.azure.tenant.applications.size < 220) await new Promise((resolve) => setImmediate(resolve));
  };

  it("deletes everything that it created when it is interrupted", async () => {
    const { code, stderr } = await runAndSignal("SIGINT");
    expect([code, stderr]).toEqual([2, "\nInterrupted. Everything that was created has been deleted.\n"]);
    expect(leftBehind()).toEqual(nothing);
    expect(resultsIn(await readRecording(out))).toEqual({});
  });

  it("--clean-up deletes all objects of a killed run, including those that only the run's registrar may delete", async () => {
    const { stdout } = await runAndSignal("SIGKILL");
    expect(leftBehind()).not.toEqual(nothing);
    const prefix = /--clean-up (cf[0-9a-f]{6})\n/.exec(stdout)?.[1] ?? "";
    const { code, stderr } = await conformance(...quick, "--clean-up", prefix);
    expect([code, stderr]).toEqual([0, ""]);
    expect(leftBehind()).toEqual(nothing);
  });

  it.each([
    ["nobody confirms it", [], "\nThere is no terminal to ask for confirmation: confirm with --yes.\n"],
    [
      "--only names an unknown assumption",
      ["--only", "C-99"],
      "\n--only: there is no assumption C-99; `--list` prints the existing ones\n",
    ],
  ])("does nothing if %s", async (_case, args, message) => {
    const { code, stderr } = await conformance(...args);
    expect([code, stderr]).toEqual([2, message]);
    expect(leftBehind()).toEqual(nothing);
  });
});

describe("docs/conformance.md", () => {
  it("has the table that --list prints", async () => {
    const page = await readFile(path.join(projectFolder, "docs/conformance.md"), "utf8");
    const table = page
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .join("\n");
    expect(table).toBe(assumptionTable());
  });

  it("numbers the assumptions without gaps", () => {
    const ids = assumptions.map(({ id }) => id);
    expect(ids).toEqual(ids.map((_id, index) => `C-${String(index + 1).padStart(2, "0")}`));
  });
});

/** The requests that a replay sends. Of repeated polls it sends only the last. */
function replayedRequests(lines: readonly RecordingLine[]): RecordedRequest[] {
  const requests = lines.flatMap((line) => (line.kind === "request" ? [line] : []));
  return requests.filter(
    ({ poll }, index) => poll === undefined || !requests.slice(index + 1).some((later) => later.poll === poll),
  );
}
