import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { settingsType } from "@microservice-identities/engine/evaluation/stackSettings";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as analyzerPb from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { review } from "../review";
import { evaluatedShop } from "./support/evaluatedShop";

jest.setTimeout(60_000);

/** The engine's placeholder in a preview for a string that is not known before the deployment. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const ofAzure = /^(id|clientId|objectId|principalId|roleId|result|applicationId|apiClientId|appRoleId|.*ObjectId)$/;

/** A resource in the form in which the engine passes it to a pack. */
function asPassed(
  { urn, type, parent, properties, component, dependencies = {} }: EvaluatedResource,
  preview: boolean,
) {
  const resource = new analyzerPb.AnalyzerResource();
  if (!component) {
    const provider = new analyzerPb.AnalyzerProviderResource();
    provider.setType(`pulumi:providers:${type.split(":")[0]}`);
    provider.setUrn(`urn:pulumi:dev::p::pulumi:providers:${type.split(":")[0]}::default`);
    provider.setProperties(Struct.fromJavaScript({}));
    resource.setProvider(provider);
  }
  resource.setUrn(urn);
  resource.setType(type);
  resource.setName(urn.split("::").at(-1) as string);
  resource.setParent(parent);
  resource.setOptions(new analyzerPb.AnalyzerResourceOptions());
  const text = JSON.stringify(properties, (key, value) => {
    if (preview && ofAzure.test(key)) return unknownText;
    return preview && key === "roleIds" ? unknownText : value;
  });
  resource.setProperties(Struct.fromJavaScript(JSON.parse(text)));
  for (const [property, urns] of Object.entries(dependencies)) {
    const from = new analyzerPb.AnalyzerPropertyDependencies();
    from.setUrnsList([...urns]);
    resource.getPropertydependenciesMap().set(property, from);
  }
  return resource;
}

describe("the policy pack, started like by the CLI", () => {
  let resources: readonly EvaluatedResource[];
  let server: ChildProcess;
  let client: AnalyzerClient;

  beforeAll(async () => {
    const evaluated = await evaluatedShop();
    await evaluated.dispose();
    // The CLI passes all resources to a pack, but settings only if the pack requests them.
    resources = evaluated.resources.filter(({ type }) => type !== settingsType);
    const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    // The first argument is the engine's address, which this pack does not use.
    server = spawn(process.execPath, [runner, "127.0.0.1:1", "."], {
      cwd: path.join(projectFolder, "packages", "review", "pack"),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream });
    const [port] = (await once(lines, "line")) as [string];
    client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  });
  afterAll(async () => {
    client.close();
    server.kill();
    await once(server, "close");
  });

  async function violations(all: readonly EvaluatedResource[], preview: boolean) {
    const request = new analyzerPb.AnalyzeStackRequest();
    request.setResourcesList(all.map((resource) => asPassed(resource, preview)));
    const response = await new Promise<analyzerPb.AnalyzeResponse>((resolve, reject) =>
      client.analyzeStack(request, (error, answer) => (error ? reject(error) : resolve(answer))),
    );
    return response.getDiagnosticsList().map((each) => {
      const isMandatory = each.getEnforcementlevel() === analyzerPb.EnforcementLevel.MANDATORY;
      return [isMandatory ? "mandatory" : "advisory", each.getPolicyname(), each.getMessage().split("\n").at(-1)];
    });
  }

  const expected = (all: readonly EvaluatedResource[]) =>
    review(all, { today: new Date().toISOString().slice(0, 10) }).findings.map(
      ({ severity, rule, subject, message }) => [
        severity === "high" ? "mandatory" : "advisory",
        rule,
        `${subject} ${message}.`,
      ],
    );

  it.each([
    ["in a preview, before any id is known", true],
    ["after a deployment", false],
  ])("has the same findings as the review %s", async (_when, preview) => {
    const found = await violations(resources, preview);
    // While the ids of roles are not known, a grant may be for any role of the API, so no role is reported as unused.
    const told = expected(resources).filter(([, rule]) => !(preview && rule === "unused-role"));
    expect(found.sort()).toEqual(told.sort());
    expect(found).toHaveLength(preview ? 3 : 4);
  });

  it("makes a milder finding of a rule of high severity advisory", async () => {
    const found = resources.find(({ urn }) => urn.endsWith("::ingest-calls-inventory-Inventory.Write"));
    const { parent = "" } = found ?? {};
    const ofType = (type: string, name: string) => `urn:pulumi:dev::microservice-identities::${type}::${name}`;
    const principal = "azuread:index/servicePrincipal:ServicePrincipal";
    const graph: EvaluatedResource = {
      urn: ofType(principal, "graph"),
      type: principal,
      id: "",
      parent: "",
      properties: { clientId: "00000003-0000-0000-c000-000000000000", objectId: "graph", useExisting: true },
    };
    const reads: EvaluatedResource = {
      urn: ofType("azuread:index/appRoleAssignment:AppRoleAssignment", "reads"),
      type: "azuread:index/appRoleAssignment:AppRoleAssignment",
      id: "",
      parent,
      properties: {
        principalObjectId: resources.find(({ urn }) => urn.endsWith("::ingest-identity"))?.properties.principalId,
        resourceObjectId: "graph",
        appRoleId: "df021288-bdef-4463-88db-98f22de89214",
      },
    };
    const all = await violations([...resources, graph, reads], false);
    expect(
      all.filter(
        ([, policy]) =>
          !["avoidable-secret", "retired-api-version", "uncalled-api", "unused-role"].includes(policy as string),
      ),
    ).toEqual([
      [
        "advisory",
        "milder-findings",
        "id-ingest-dev → Microsoft Graph User.Read.All is of tier 2: it can read data, and no way to further rights is known (privileged-graph). Check whether one of these is enough: User.ReadBasic.All.",
      ],
    ]);
  });

  it("makes a finding of high severity mandatory", async () => {
    const opened = resources.map((resource) =>
      resource.urn.endsWith("::orders-service-principal")
        ? { ...resource, properties: { ...resource.properties, appRoleAssignmentRequired: false } }
        : resource,
    );
    expect((await violations(opened, true)).filter(([level]) => level === "mandatory")).toEqual([
      ["mandatory", "open-api", "orders-service-principal lets any application of the tenant get a token."],
    ]);
  });
});
