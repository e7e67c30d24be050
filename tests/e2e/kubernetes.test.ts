import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { provableStack } from "@microservice-identities/proof/directory";
import { differencesOf } from "@microservice-identities/proof/report";
import { Caller } from "@microservice-identities/runtime/caller";
import { configurationFrom } from "@microservice-identities/runtime/configuration";
import { shopProject } from "@microservice-identities/test-support/project";
import { prove } from "@microservice-identities/test-support/proof";
import { Agent, fetch as fetchBy } from "undici";
import { stringify } from "yaml";
import { localConfig } from "../../cli/deployingCommand";
import { serviceVariables } from "../../components/serviceVariables";
import program from "../../stacks/index";

jest.setTimeout(60_000);

const issuer = "https://westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/blue/";
const green = { issuer: issuer.replace("blue", "green"), namespace: "shop", serviceAccount: "pod" };

// What these tests cannot prove: that the webhook in a cluster sets the documented variables.

/** A ring of two services in Kubernetes, one of them with a client secret, and one service in Azure. */
describe("a service in Kubernetes", () => {
  let azure: LocalAzure;
  let stack: BuiltInStack;
  let folder: string;
  let outputs: Record<string, unknown>;
  const service = (api: string) => ({
    description: "A service.",
    appRoles: { Read: { description: "Read." } },
    calls: { [api]: { roles: ["Read"], because: "The ring." } },
  });
  const services = {
    pod: {
      credential: "federated",
      workload: { kubernetes: [{ issuer, namespace: "shop", serviceAccount: "pod" }, green] },
    },
    "secretive-pod": { workload: { kubernetes: { issuer, namespace: "shop", serviceAccount: "secretive.pod" } } },
    container: { credential: "federated" },
  };
  const deploy = async (settings: object) => {
    const result = await stack.up({
      config: {
        landscapeFile: path.join(folder, "landscape.yaml"),
        date: "2026-11-24",
        services: JSON.stringify(settings),
        ...localConfig(azure),
      },
    });
    outputs = result.outputs;
    return result;
  };

  beforeAll(async () => {
    folder = await shopProject();
    azure = await startLocalAzure();
    stack = new BuiltInStack({ azure, projectFolder: folder, stack: "dev" }, program);
    await writeFile(
      path.join(folder, "landscape.yaml"),
      stringify({
        services: { pod: service("secretive-pod"), "secretive-pod": service("container"), container: service("pod") },
      }),
    );
    await deploy(services);
  });
  afterAll(async () => {
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("signs in with its service account, with and without a client secret, in a proof with unmodified clients", async () => {
    const report = await prove(azure, outputs);
    expect(differencesOf(report)).toEqual([]);
    const declared = report.calls.filter((call) => call.declared.length > 0);
    expect(declared.map(({ caller, got }) => [caller, got]).sort()).toEqual([
      ["container", ["Read"]],
      ["pod", ["Read"]],
      ["secretive-pod", ["Read"]],
    ]);
    expect(report.vaults.map(({ reader, vault, status }) => [reader, vault, status]).sort()).toEqual([
      ["container", "secretive-pod", 403],
      ["pod", "secretive-pod", 403],
      ["secretive-pod", "secretive-pod", 200],
    ]);
  });

  it("without a client secret has no managed identity, and has one federated credential for each service account", () => {
    const { directory } = provableStack.parse(outputs);
    const { identityClientId, identityId, workload } = directory.pod ?? {};
    expect({ identityClientId, identityId, workload }).toEqual({
      identityClientId: undefined,
      identityId: undefined,
      workload: { kubernetes: [{ issuer, namespace: "shop", serviceAccount: "pod" }, green] },
    });
    expect([...azure.subscription.identities.values()].map(({ name }) => name).sort()).toEqual([
      "id-container-dev",
      "id-secretive-pod-dev",
    ]);
    const application = azure.tenant.applicationOf(directory.pod?.clientId ?? "");
    expect(application?.federatedIdentityCredentials).toEqual(
      [issuer, green.issuer].map((each) => ({
        id: expect.any(String),
        name: expect.stringMatching(/^shop-pod-[0-9a-f]{8}$/),
        description: "A service account in Kubernetes whose pods run as the service.",
        claimsMatchingExpression: null,
        issuer: each,
        subject: "system:serviceaccount:shop:pod",
        audiences: ["api://AzureADTokenExchange"],
      })),
    );
    const [trusted] = [...azure.subscription.identities.values()].filter(({ name }) => name === "id-secretive-pod-dev");
    expect([...(trusted?.federatedCredentials.entries() ?? [])]).toEqual([
      [
        expect.stringMatching(/^shop-secretive-pod-[0-9a-f]{8}$/),
        { issuer, subject: "system:serviceaccount:shop:secretive.pod", audiences: ["api://AzureADTokenExchange"] },
      ],
    ]);
  });

  it("gets tokens through the runtime with its variables and its projected token, in each of two clusters", async () => {
    const known = provableStack.parse(outputs);
    const dispatcher = new Agent({ connect: { ca: azure.caCertificate } });
    const send = ((input: string, init: object) => fetchBy(input, { ...init, dispatcher })) as typeof fetch;
    for (const cluster of [issuer, green.issuer]) {
      const file = path.join(folder, "token");
      await writeFile(file, `${await (await azure.clusterIssuer(cluster)).token("shop", "pod")}\n`);
      const environment = { ...serviceVariables(known, "pod"), AZURE_FEDERATED_TOKEN_FILE: file };
      const caller = new Caller(configurationFrom(environment), { fetch: send });
      const claims = Buffer.from((await caller.tokenFor("secretive-pod")).split(".")[1] ?? "", "base64url");
      expect(JSON.parse(claims.toString())).toMatchObject({
        aud: known.directory["secretive-pod"]?.clientId,
        azp: known.directory.pod?.clientId,
        roles: ["Read"],
      });
    }
    await dispatcher.close();
  });

  it("does not change in a second deployment, and keeps the credential of one cluster if the other is removed", async () => {
    const { create, update, delete: removed } = (await deploy(services)).operations as Record<string, number>;
    expect([create ?? 0, update ?? 0, removed ?? 0]).toEqual([0, 0, 0]);
    const { directory } = provableStack.parse(outputs);
    const credentials = () =>
      azure.tenant
        .applicationOf(directory.pod?.clientId ?? "")
        ?.federatedIdentityCredentials.map(({ id, issuer: of }) => ({ id, issuer: of }));
    const [, ofGreen] = credentials() ?? [];
    await deploy({ ...services, pod: { ...services.pod, workload: { kubernetes: green } } });
    expect(credentials()).toEqual([ofGreen]);
  });
});
