import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { provableStack } from "@microservice-identities/proof/directory";
import type { GuardOptions } from "@microservice-identities/runtime/guard";
import { inventory } from "@microservice-identities/runtime/samples/inventory";
import { guardOf } from "@microservice-identities/runtime/samples/service";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";
import { Agent, fetch } from "undici";
import { localConfig } from "../../cli/deployingCommand";
import { serviceVariables } from "../../components/serviceVariables";
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

jest.setTimeout(600_000);

/** Runs the programs of the pages. They use nothing of this project except the names of the variables. */
describe("a service in another language can call its API with only its variables, with a secret and without one", () => {
  let azure: LocalAzure;
  let project: string;
  let folder: string;
  let environments: Readonly<Record<string, string>>[];
  let close: () => Promise<void>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "services-"));
    project = await projectWith({
      dev: {
        location: "westeurope",
        date: "2026-11-25",
        rotation: { since: "2026-11-01" },
        services: { container: { credential: "federated" } },
      },
    });
    const calls = { inventory: { roles: ["Inventory.Read"], because: "It shows the stock." } };
    await writeLandscape(project, "shop", {
      services: {
        inventory: { description: "An API.", appRoles: { "Inventory.Read": { description: "Read the stock." } } },
        orders: { description: "Has a secret.", appRoles: {}, calls },
        container: { description: "Has none.", appRoles: {}, calls },
      },
    });
    azure = await startLocalAzure();
    const { outputs } = await new BuiltInStack({ azure, projectFolder: project, stack: "dev" }).up({
      config: { ...localConfig(azure), landscapeFile: path.join(project, "shop.yaml") },
    });
    const stack = provableStack.parse(outputs);
    const dispatcher = new Agent({ connect: { ca: azure.caCertificate } });
    const trusting = ((input: string, init: object) => fetch(input, { ...init, dispatcher })) as unknown as NonNullable<
      GuardOptions["fetch"]
    >;
    const { clientId = "" } = stack.directory.inventory ?? {};
    const guard = guardOf({ tenantId: stack.tenantId, clientId, authority: azure.authority }, { fetch: trusting });
    const api = inventory({ guard, certificate: await azure.serverCertificate(), logger: false });
    await api.listen({ host: "127.0.0.1", port: 0 });
    const caFile = path.join(folder, "ca.pem");
    await writeFile(caFile, azure.caCertificate);
    environments = ["orders", "container"].map((service) => ({
      ...serviceVariables(stack, service),
      // The variables of the platform and of the service's own configuration, and the trust in the local Azure's certificate.
      ...azure.workloadHost([stack.directory[service]?.identityId ?? ""]),
      INVENTORY_URL: `https://localhost:${(api.server.address() as AddressInfo).port}/stock`,
      SSL_CERT_FILE: caFile,
      REQUESTS_CA_BUNDLE: caFile,
    }));
    close = async () => {
      await api.close();
      await dispatcher.close();
    };
  });
  afterAll(async () => {
    await close();
    await azure.close();
    for (const each of [project, folder]) await rm(each, { recursive: true, force: true });
  });

  const language = (name: string, obstacle: string | undefined, test: () => Promise<void>) =>
    testUnless(obstacle, `in ${name}`, test);
  const answers = (file: string, args: readonly string[]) =>
    Promise.all(
      environments.map(async (env) =>
        (await runOrThrow(file, args, { env: { PATH: process.env.PATH, ...env }, cwd: folder })).trim(),
      ),
    );

  language("Python", missingPip(), async () => {
    const python = path.join(await installedByPip("python"), "python");
    expect(await answers(python, [path.join(clientFolder("python"), "service.py")])).toEqual(["200", "200"]);
  });

  language("Go", missingTool(["go", "version"]), async () => {
    const program = path.join(folder, "service");
    await runOrThrow("go", ["build", "-mod=readonly", "-o", program, "./service"], { cwd: clientFolder("go") });
    expect(await answers(program, [])).toEqual(["200", "200"]);
  });

  language("Java", missingTool(["mvn", "--version"], ["keytool", "-help"]), async () => {
    const jars = await installedJars();
    const trusting = await trustStore(folder, path.join(folder, "ca.pem"));
    expect(
      await answers("java", [...trusting, "-cp", `${jars}/*`, path.join(clientFolder("java"), "Service.java")]),
    ).toEqual(["200", "200"]);
  });
});
