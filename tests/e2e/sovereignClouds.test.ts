import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { provableStack } from "@microservice-identities/proof/directory";
import { differencesOf } from "@microservice-identities/proof/report";
import { configurationFrom } from "@microservice-identities/runtime/configuration";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";
import { prove } from "@microservice-identities/test-support/proof";
import { type CloudName, clouds } from "@microservice-identities/well-known/clouds";
import { localConfig } from "../../cli/deployingCommand";
import { serviceVariables } from "../../components/serviceVariables";
import program from "../../stacks/index";

jest.setTimeout(60_000);

// What these tests cannot prove: that the addresses of the clouds are right (the tests use loopback), and that these clouds
// behave like the public one.
describe.each<CloudName>(["usgovernment", "china"])("a landscape in the cloud %s", (cloud) => {
  const service = (api: string) => ({
    description: "A service.",
    appRoles: { Read: { description: "Read." } },
    calls: { [api]: { roles: ["Read"], because: "The ring." } },
  });
  const issuer = "https://cluster.example/1/";

  it("passes the proof, and a service gets its token with its variables, only with this cloud's audience", async () => {
    const folder = await projectWith({
      dev: {
        location: "usgovvirginia",
        date: "2026-11-25",
        rotation: { since: "2026-11-01" },
        vault: { purgeProtection: false },
        services: {
          pod: {
            credential: "federated",
            workload: { kubernetes: { issuer, namespace: "shop", serviceAccount: "pod" } },
          },
          "secretive-pod": { workload: { kubernetes: { issuer, namespace: "shop", serviceAccount: "secretive" } } },
          container: { credential: "federated" },
        },
      },
    });
    await writeLandscape(folder, "ring", {
      services: { pod: service("secretive-pod"), "secretive-pod": service("container"), container: service("pod") },
    });
    const azure = await startLocalAzure({ cloud });
    let workload: ChildProcess | undefined;
    try {
      const stack = new BuiltInStack({ azure, projectFolder: folder, stack: "dev" }, program);
      const { outputs } = await stack.up({
        config: { ...localConfig(azure), landscapeFile: path.join(folder, "ring.yaml") },
      });
      expect(differencesOf(await prove(azure, outputs))).toEqual([]);
      const audiences = [
        ...[...azure.tenant.applications.values()].flatMap((each) => each.federatedIdentityCredentials),
        ...[...azure.subscription.identities.values()].flatMap((each) => [...each.federatedCredentials.values()]),
      ].flatMap((each) => each.audiences);
      expect(audiences).toEqual([1, 2, 3].map(() => clouds[cloud].tokenExchange));

      const variables = serviceVariables(provableStack.parse(outputs), "container");
      expect([variables.SERVICE_CLOUD, outputs.cloud]).toEqual([cloud, cloud]);
      const caFile = path.join(folder, "ca.pem");
      await writeFile(caFile, azure.caCertificate);
      const running = fork(path.join(projectFolder, "packages/runtime/tests/support/callerProcess.ts"), {
        execArgv: ["--import", "tsx"],
        env: { PATH: process.env.PATH, ...azure.workloadHost(), NODE_EXTRA_CA_CERTS: caFile },
      });
      workload = running;
      const ask = async (request: object): Promise<unknown> => {
        running.send(request);
        return (await once(running, "message"))[0];
      };
      const configuration = configurationFrom(variables);
      const tokensIn = async (configured: object) => {
        await ask({
          do: "configure",
          configuration: configured,
          options: { attempts: 1, propagation: 0 },
          refusals: [],
        });
        return (await ask({ do: "tokens", api: "pod", count: 1 })) as { tokens: string[]; error?: { message: string } };
      };
      expect((await tokensIn(configuration)).tokens).toHaveLength(1);
      // The audience of another cloud does not exist in this tenant.
      const elsewhere = await tokensIn({ ...configuration, cloud: cloud === "china" ? "public" : "china" });
      expect(elsewhere).toMatchObject({
        error: { message: expect.stringMatching(/the managed identity returned no token/) },
      });
    } finally {
      workload?.disconnect();
      await azure.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
