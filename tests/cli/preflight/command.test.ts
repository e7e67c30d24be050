import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { runCommandIn } from "@microservice-identities/test-support/processes";
import { shopProject } from "@microservice-identities/test-support/project";

jest.setTimeout(60_000);

describe("npm run preflight", () => {
  let azure: TestAzure;
  let [folder, project] = ["", ""];
  beforeAll(async () => {
    azure = await startTestAzure();
    project = await shopProject();
    folder = await mkdtemp(path.join(tmpdir(), "preflight-"));
    await writeFile(path.join(folder, "ca.pem"), azure.azure.caCertificate);
  });
  afterAll(async () => {
    await azure.close();
    await rm(folder, { recursive: true });
    await rm(project, { recursive: true });
  });

  it("lists as JSON what it could not check, and exits with 2", async () => {
    const env = { ...azure.azure.deployer, NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem"), PATH: folder };
    const { code, stdout, stderr } = await runCommandIn({ env, project }, "preflight", "--stack", "dev", "--json");
    expect([code, stderr]).toEqual([2, ""]);
    const { stack, findings, unchecked } = JSON.parse(stdout);
    expect([stack, findings, unchecked.map(({ needs }: { needs: string }) => needs)]).toEqual([
      "dev",
      [],
      ["Policy.Read.All in Microsoft Graph", "Policy.Read.All in Microsoft Graph"],
    ]);
  });
});
