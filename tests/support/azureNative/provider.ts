import type * as grpc from "@grpc/grpc-js";
import { AzureClient } from "@microservice-identities/engine/deployment/azureClient";
import { fromWire, toWire } from "@microservice-identities/engine/deployment/propertyValues";
import {
  type ArmResourceType,
  azureNativeFunctions,
  azureNativeTypes,
} from "@microservice-identities/engine/deployment/providers/azureNative";
import type { Properties } from "@microservice-identities/engine/deployment/providers/resourceType";
import { unary } from "@microservice-identities/engine/deployment/unary";
import { typeIn } from "@microservice-identities/engine/evaluation/evaluatedResource";
import * as pluginPb from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { dependencies } from "../../../package.json";
import { differenceOf, inputsOf, previewedOutputs, sentInputs, withDefaults, withDrift } from "./properties";
import { targetOf } from "./signIn";

/**
 * A provider for Azure, for tests with a real engine on machines without the real provider. It replaces those parts of Pulumi's
 * azure-native plugin that this project needs. It sends the same requests as the built-in engine. A test with it therefore
 * proves what the engine, the other providers, the policy pack and the commands do, but not what the real plugin sends.
 *
 * The engine marks the outputs of secret inputs itself, so this provider neither accepts nor returns secrets.
 */
export function azureNativeProvider(
  environment: NodeJS.ProcessEnv,
): Record<string, grpc.handleUnaryCall<never, unknown>> {
  let azure: AzureClient | undefined;
  const client = (): AzureClient => {
    if (!azure) throw new Error("the engine has not configured the provider yet");
    return azure;
  };

  return {
    getPluginInfo: unary(() => {
      const info = new pluginPb.PluginInfo();
      info.setVersion(dependencies["@pulumi/azure-native"]);
      return info;
    }),
    checkConfig: unary((request: pb.CheckRequest) => {
      const response = new pb.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(() => new pb.DiffResponse()),
    configure: unary(async (request: pb.ConfigureRequest) => {
      const settings = request.getVariablesMap();
      azure = new AzureClient(
        await targetOf((name, ...variables) => {
          const given = settings.get(`azure-native:config:${name}`);
          return given || (variables.map((each) => environment[each]).find(Boolean) ?? "");
        }),
      );
      const response = new pb.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    }),
    invoke: unary(async (request: pb.InvokeRequest) => {
      const provided = azureNativeFunctions[request.getTok()];
      if (!provided) throw notServed(`the function ${request.getTok()}`);
      const response = new pb.InvokeResponse();
      response.setReturn(toWire(await provided(client(), valuesOf(request.getArgs())), none));
      return response;
    }),

    check: unary((request: pb.CheckRequest) => {
      const response = new pb.CheckResponse();
      const type = azureNativeTypes[typeIn(request.getUrn())];
      // A preview may contain other types, so that policies can check them. They cannot be created.
      if (!type) {
        response.setInputs(request.getNews());
        return response;
      }
      const inputs = withDefaults(type, client(), {
        urn: request.getUrn(),
        seed: request.getRandomseed_asB64(),
        before: valuesOf(request.getOlds()),
        inputs: valuesOf(request.getNews()),
      });
      response.setInputs(toWire(inputs, none));
      response.setFailuresList(
        Object.keys(sentInputs(inputs))
          .filter((name) => !type.inputs.includes(name))
          .map((name) => {
            const failure = new pb.CheckFailure();
            failure.setProperty(name);
            failure.setReason(`not supported by the tests' provider; supported are: ${type.inputs.join(", ")}`);
            return failure;
          }),
      );
      return response;
    }),
    diff: unary((request: pb.DiffRequest) => {
      const [before, after] = [valuesOf(request.getOldInputs()), valuesOf(request.getNews())];
      const { changed, replaces, deletesFirst } = differenceOf(served(request.getUrn()), before, after);
      const response = new pb.DiffResponse();
      const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
      response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList([...changed]);
      response.setReplacesList([...replaces]);
      response.setDeletebeforereplace(deletesFirst);
      return response;
    }),
    create: unary(async (request: pb.CreateRequest) => {
      const inputs = valuesOf(request.getProperties());
      const response = new pb.CreateResponse();
      if (request.getPreview()) {
        const type = azureNativeTypes[typeIn(request.getUrn())];
        response.setProperties(toWire(type ? previewedOutputs(type, inputs) : inputs, none));
        return response;
      }
      const type = served(request.getUrn());
      const { id, outputs } = await type.create(client(), sentInputs(inputs));
      response.setId(id);
      response.setProperties(recorded(type, outputs));
      return response;
    }),
    read: unary(async (request: pb.ReadRequest) => {
      const [type, id] = [served(request.getUrn()), request.getId()];
      const outputs = await type.read(client(), id);
      const response = new pb.ReadResponse();
      // An empty id means that there is no such resource.
      if (!outputs) return response;
      const [before, known] = [valuesOf(request.getProperties()), valuesOf(request.getInputs())];
      const isImport = Object.keys(known).length === 0;
      response.setId(id);
      response.setProperties(recorded(type, outputs));
      const inputs = isImport
        ? inputsOf(type, client(), id, outputs)
        : withDrift(known, before, drifting(before, outputs));
      response.setInputs(toWire(inputs, none));
      return response;
    }),
    update: unary(async (request: pb.UpdateRequest) => {
      const type = served(request.getUrn());
      const [before, inputs] = [valuesOf(request.getOlds()), valuesOf(request.getNews())];
      const response = new pb.UpdateResponse();
      if (request.getPreview()) {
        const { name, location } = before;
        response.setProperties(toWire({ ...previewedOutputs(type, inputs), name, location }, none));
        return response;
      }
      const state = { id: request.getId(), inputs: valuesOf(request.getOldInputs()), outputs: before };
      const outputs = await type.update?.(client(), state, sentInputs(inputs));
      response.setProperties(recorded(type, outputs ?? before));
      return response;
    }),
    delete: unary(async (request: pb.DeleteRequest) => {
      const [inputs, outputs] = [valuesOf(request.getOldInputs()), valuesOf(request.getProperties())];
      await served(request.getUrn()).delete(client(), { id: request.getId(), inputs, outputs });
      return new Empty();
    }),
    cancel: unary(() => new Empty()),
  };
}

const none: ReadonlySet<string> = new Set();
const valuesOf = (struct: Struct | undefined): Properties => fromWire(struct).values;
const recorded = ({ apiVersion }: ArmResourceType, outputs: Properties): Struct =>
  toWire({ ...outputs, azureApiVersion: apiVersion }, none);
/** The outputs to compare with the recorded ones. Azure's answer does not contain the API version, so the recorded one is added. */
const drifting = ({ azureApiVersion }: Properties, outputs: Properties): Properties => ({
  ...outputs,
  azureApiVersion,
});

function served(urn: string): ArmResourceType {
  const type = azureNativeTypes[typeIn(urn)];
  if (!type) throw notServed(typeIn(urn));
  return type;
}

const notServed = (what: string): Error =>
  new Error(
    `${what} is not supported by the tests' provider; supported are: ${Object.keys(azureNativeTypes).join(", ")}`,
  );
