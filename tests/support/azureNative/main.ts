import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { azureNativeProvider } from "./provider";

/** Serves the engine that started this process, and exits when the engine exits. */
function main(): void {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
  server.addService(
    ResourceProviderService as unknown as grpc.ServiceDefinition,
    azureNativeProvider(process.env) as grpc.UntypedServiceImplementation,
  );
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    // The engine reads the port from the first line.
    console.log(port);
  });
  // An engine that is killed cannot stop its providers.
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit();
  }, 1_000).unref();
}

main();
