import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { ArmContext } from "./armContext";
import { ArmError } from "./armError";

const apiVersions = ["2021-04-01", "2022-09-01", "2023-07-01", "2024-03-01", "2024-07-01", "2024-11-01", "2025-04-01"];
/** The right to start an operation does not include polling its result: Azure checks this right at each poll. */
const readAction = "Microsoft.Resources/subscriptions/operationresults/read";

/** Long-running operations: the client polls their results. */
export function operations(
  app: FastifyInstance,
  { base, subscription, authorize }: Pick<ArmContext, "base" | "subscription" | "authorize">,
): ArmContext["later"] {
  const known = new Map<string, { status: "InProgress" | "Succeeded" | "Failed"; error?: object }>();

  app.get<{ Params: { id: string } }>("/subscriptions/:subscription/operationresults/:id", async (request, reply) => {
    authorize(request, readAction, apiVersions, subscription.path);
    const operation = known.get(request.params.id);
    if (!operation) throw new ArmError(404, "OperationNotFound", `There is no operation '${request.params.id}'.`);
    return reply.code(operation.status === "InProgress" ? 202 : 200).send({ id: request.url, ...operation });
  });

  return (reply, work) => {
    const id = randomUUID();
    known.set(id, { status: "InProgress" });
    work().then(
      () => known.set(id, { status: "Succeeded" }),
      (error: Error) =>
        known.set(id, { status: "Failed", error: { code: "InternalServerError", message: error.message } }),
    );
    const address = `${base()}${subscription.path}/operationresults/${id}?api-version=2024-03-01`;
    return reply.code(202).headers({ "azure-asyncoperation": address, location: address, "retry-after": "0" }).send();
  };
}
