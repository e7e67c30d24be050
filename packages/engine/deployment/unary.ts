import * as grpc from "@grpc/grpc-js";

/** A method of a gRPC service, which a function answers. A thrown error becomes the details of status UNKNOWN. */
export function unary<Request, Response>(
  handler: (request: Request) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handler(call.request))
      .then(
        (response) => callback(null, response),
        (error: Error) => callback({ code: grpc.status.UNKNOWN, details: error.message }),
      );
  };
}
