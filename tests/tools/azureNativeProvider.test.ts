import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { handleUnaryCall } from "@grpc/grpc-js";
import { fromWire, toWire } from "@microservice-identities/engine/deployment/propertyValues";
import type { Properties } from "@microservice-identities/engine/deployment/providers/resourceType";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { azureNativeProvider } from "@microservice-identities/test-support/azureNative/provider";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc";

const issuer = "https://vstoken.dev.azure.com/7b2e8f4c-0d4e-4f43-9d4b-5a3f0a7f6c11";
const subject = "sc://acme/shop/registrar-dev";
const wire = (values: Properties) => toWire(values, new Set());
const urnOf = (type: string) => `urn:pulumi:dev::shop::shop:Landscape$azure-native:${type}::it`;

/** Sends the provider the same requests as an engine. */
function engineClient(environment: NodeJS.ProcessEnv) {
  const handlers = azureNativeProvider(environment);
  const ask = <Response>(method: string, request: object): Promise<Response> =>
    new Promise((resolve, reject) => {
      const handle = handlers[method] as handleUnaryCall<object, Response>;
      handle({ request } as never, (error, response) =>
        error ? reject(new Error(error.details)) : resolve(response as Response),
      );
    });
  return {
    configure: (settings: Record<string, string> = {}) => {
      const request = new pb.ConfigureRequest();
      for (const [name, value] of Object.entries(settings))
        request.getVariablesMap().set(`azure-native:config:${name}`, value);
      return ask<pb.ConfigureResponse>("configure", request);
    },
    async clientConfig(): Promise<Properties> {
      const request = new pb.InvokeRequest();
      request.setTok("azure-native:authorization:getClientConfig");
      return fromWire((await ask<pb.InvokeResponse>("invoke", request)).getReturn()).values;
    },
    async check(type: string, inputs: Properties, before: Properties = {}) {
      const request = new pb.CheckRequest();
      request.setUrn(urnOf(type));
      request.setOlds(wire(before));
      request.setNews(wire(inputs));
      const response = await ask<pb.CheckResponse>("check", request);
      const failures = response.getFailuresList().map((each) => `${each.getProperty()}: ${each.getReason()}`);
      return { inputs: fromWire(response.getInputs()).values, failures };
    },
    async diff(type: string, before: Properties, after: Properties) {
      const request = new pb.DiffRequest();
      request.setUrn(urnOf(type));
      request.setOldInputs(wire(before));
      request.setNews(wire(after));
      const response = await ask<pb.DiffResponse>("diff", request);
      return { changed: response.getDiffsList(), replaces: response.getReplacesList() };
    },
    async create(type: string, inputs: Properties, preview = false) {
      const request = new pb.CreateRequest();
      request.setUrn(urnOf(type));
      request.setProperties(wire(inputs));
      request.setPreview(preview);
      const response = await ask<pb.CreateResponse>("create", request);
      return { id: response.getId(), outputs: fromWire(response.getProperties()).values };
    },
    async update(type: string, id: string, before: Properties, inputs: Properties) {
      const request = new pb.UpdateRequest();
      request.setUrn(urnOf(type));
      request.setId(id);
      request.setOlds(wire(before));
      request.setNews(wire(inputs));
      return fromWire((await ask<pb.UpdateResponse>("update", request)).getProperties()).values;
    },
    /** @param known the resource in the state. Default: empty, as in an import */
    async read(
      type: string,
      id: string,
      known: { inputs: Properties; outputs: Properties } = { inputs: {}, outputs: {} },
    ) {
      const request = new pb.ReadRequest();
      request.setUrn(urnOf(type));
      request.setId(id);
      request.setInputs(wire(known.inputs));
      request.setProperties(wire(known.outputs));
      const response = await ask<pb.ReadResponse>("read", request);
      return { id: response.getId(), inputs: fromWire(response.getInputs()).values };
    },
    async delete(type: string, id: string) {
      const request = new pb.DeleteRequest();
      request.setUrn(urnOf(type));
      request.setId(id);
      await ask("delete", request);
    },
  };
}

describe("the tests' provider for Azure", () => {
  let azure: TestAzure;
  let folder: string;
  let clientId: string;
  let common: Record<string, string>;
  beforeAll(async () => {
    azure = await startTestAzure();
    folder = await mkdtemp(path.join(tmpdir(), "azure-native-"));
    const { tenant, deployer, caCertificate } = azure.azure;
    const application = tenant.addApplication("registrar");
    clientId = application.appId;
    tenant.addServicePrincipal({ appId: clientId, displayName: "registrar" });
    tenant.setFederatedCredentials(application, "added", [
      { id: "1", name: "pipeline", issuer, subject, audiences: ["api://AzureADTokenExchange"], description: null },
    ]);
    const file = path.join(folder, "ca.pem");
    await writeFile(file, caCertificate);
    const { ARM_CLIENT_SECRET: _, ...rest } = deployer;
    common = { ...rest, SSL_CERT_FILE: file };
  });
  afterAll(async () => {
    await azure.close();
    await rm(folder, { recursive: true });
  });

  const idToken = async (claims: object = {}) => {
    const exp = Math.floor(Date.now() / 1000) + 600;
    return (await azure.azure.clusterIssuer(issuer)).token("", "", { sub: subject, exp, ...claims });
  };
  const signedInWith = async (more: Record<string, string>, settings?: Record<string, string>) => {
    const provider = engineClient({ ...common, ARM_CLIENT_ID: clientId, ARM_USE_OIDC: "true", ...more });
    await provider.configure(settings);
    return (await provider.clientConfig()).clientId;
  };
  const asDeployer = async () => {
    const provider = engineClient({ ...common, ARM_CLIENT_SECRET: azure.azure.deployer.ARM_CLIENT_SECRET });
    await provider.configure();
    return provider;
  };

  it("signs in with a secret, a given token, a token in a file, or a token that it requests from the pipeline", async () => {
    const { ARM_CLIENT_ID } = azure.azure.deployer;
    expect((await (await asDeployer()).clientConfig()).clientId).toBe(ARM_CLIENT_ID);
    expect(await signedInWith({ ARM_OIDC_TOKEN: await idToken() })).toBe(clientId);
    const file = path.join(folder, "token");
    await writeFile(file, `${await idToken()}\n`);
    expect(await signedInWith({ ARM_OIDC_TOKEN_FILE_PATH: file })).toBe(clientId);

    const asked: unknown[] = [];
    const pipeline = http.createServer(async (request, response) => {
      asked.push([
        request.headers.authorization,
        new URL(request.url ?? "", "http://pipeline").searchParams.getAll("audience"),
      ]);
      response.end(JSON.stringify({ value: await idToken() }));
    });
    pipeline.listen(0, "127.0.0.1");
    await once(pipeline, "listening");
    const url = `http://127.0.0.1:${(pipeline.address() as AddressInfo).port}/?audience=another`;
    try {
      const actions = { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of the job" };
      expect(await signedInWith(actions)).toBe(clientId);
      expect(asked).toEqual([["Bearer of the job", ["api://AzureADTokenExchange"]]]);
    } finally {
      pipeline.close();
    }
  });

  it("prefers the client id in the stack's settings to the one in the environment", async () => {
    const token = await idToken();
    expect(await signedInWith({ ARM_CLIENT_ID: "nobody", ARM_OIDC_TOKEN: token }, { clientId })).toBe(clientId);
  });

  it("fails with the token of another job, and names the missing variables if it has no credential", async () => {
    await expect(signedInWith({ ARM_OIDC_TOKEN: await idToken({ sub: `${subject}-2` }) })).rejects.toThrow(
      /AADSTS7002/,
    );
    await expect(signedInWith({})).rejects.toThrow(/ARM_USE_OIDC is true, but there is no token: set ARM_OIDC_TOKEN, /);
    await expect(signedInWith({ ARM_USE_OIDC: "" })).rejects.toThrow(
      /^there is no way to sign in: set ARM_CLIENT_SECRET, /,
    );
    await expect(signedInWith({ ARM_TENANT_ID: "" })).rejects.toThrow(
      /^azure-native:tenantId and ARM_TENANT_ID are not set/,
    );
  });

  it("keeps unknown inputs in a preview, and returns outputs that only Azure can compute as unknown", async () => {
    const provider = await asDeployer();
    const properties = { tenantId: unknownValue, enableRbacAuthorization: false };
    const wanted = { resourceGroupName: "rg", vaultName: "it-kv", location: unknownValue, properties };
    const { inputs, failures } = await provider.check("keyvault:Vault", wanted);
    expect([inputs, failures]).toEqual([{ ...wanted, azureApiVersion: "2024-11-01" }, []]);
    const { outputs } = await provider.create("keyvault:Vault", inputs, true);
    const { vaultUri, tenantId, enableRbacAuthorization } = outputs.properties as Properties;
    expect([vaultUri, tenantId, enableRbacAuthorization]).toEqual([unknownValue, unknownValue, false]);
    expect(await provider.diff("keyvault:Vault", { ...inputs, location: "westeurope" }, inputs)).toEqual({
      changed: ["location"],
      replaces: ["location"],
    });
    expect([...azure.azure.subscription.vaults.keys()]).toEqual([]);
  });

  it("creates, changes and deletes a resource, and reads a change from the portal", async () => {
    const provider = await asDeployer();
    const type = "resources:ResourceGroup";
    const wanted = { resourceGroupName: "rg-it", location: "westeurope", tags: { of: "a test" } };
    const { inputs } = await provider.check(type, wanted);
    const { id, outputs } = await provider.create(type, inputs);
    const { subscription } = azure.azure;
    const group = () => [...subscription.groups.values()].find(({ name }) => name === "rg-it");
    expect([id, outputs.name, outputs.azureApiVersion]).toEqual([group()?.id, "rg-it", "2024-03-01"]);
    await expect(provider.create(type, inputs)).rejects.toThrow(/^cannot create already existing resource/);

    const retagged = { ...inputs, tags: { of: "another test" } };
    expect(await provider.diff(type, inputs, retagged)).toEqual({ changed: ["tags"], replaces: [] });
    const updated = await provider.update(type, id, outputs, retagged);
    expect(updated.tags).toEqual({ of: "another test" });
    const known = { inputs: retagged, outputs: updated };
    expect(await provider.read(type, id, known)).toEqual({ id, inputs: retagged });
    await azure.arm("PUT", "/resourceGroups/rg-it", "2024-03-01", { location: "westeurope", tags: { of: "a person" } });
    expect(await provider.read(type, id, known)).toEqual({ id, inputs: { ...inputs, tags: { of: "a person" } } });
    expect((await provider.read(type, id)).inputs).toEqual({ ...inputs, tags: { of: "a person" } });

    await provider.delete(type, id);
    expect([group(), (await provider.read(type, id, known)).id]).toEqual([undefined, ""]);
  });

  it("refuses unsupported inputs and types, but previews any type for the policies", async () => {
    const provider = await asDeployer();
    const { failures } = await provider.check("resources:ResourceGroup", { location: "westeurope", managedBy: "me" });
    expect(failures).toEqual([
      "managedBy: not supported by the tests' provider; supported are: resourceGroupName, location, tags",
    ]);
    const machine = { resourceGroupName: "rg" };
    expect((await provider.check("compute:VirtualMachine", machine)).inputs).toEqual(machine);
    expect((await provider.create("compute:VirtualMachine", machine, true)).outputs).toEqual(machine);
    await expect(provider.create("compute:VirtualMachine", machine)).rejects.toThrow(
      /^azure-native:compute:VirtualMachine is not supported by the tests' provider; supported are: azure-native:/,
    );
  });

  it("generates a name that the program omits, and keeps it", async () => {
    const provider = await asDeployer();
    const wanted = { location: "westeurope" };
    const { inputs } = await provider.check("resources:ResourceGroup", wanted);
    expect(inputs.resourceGroupName).toMatch(/^it[0-9a-f]{8}$/);
    expect((await provider.check("resources:ResourceGroup", wanted, inputs)).inputs).toEqual(inputs);
    expect((await provider.check("authorization:RoleAssignment", { scope: "/" })).inputs.roleAssignmentName).toMatch(
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
  });
});
