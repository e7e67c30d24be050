import http from "node:http";
import type { Guard } from "@microservice-identities/runtime/guard";

export function inventory(guard: Guard, log: (line: object) => void): http.Server {
  return http.createServer(async (request, response) => {
    const judgement = await guard.judge(request.headers.authorization, "Inventory.Read");
    if (judgement.refusal) {
      const { refusal, code, reason } = judgement;
      log({ msg: "refused", status: refusal.status, code, reason });
      response.writeHead(refusal.status, { ...refusal.headers, "content-type": "application/json" });
      response.end(JSON.stringify(refusal.body));
      return;
    }
    response.end(JSON.stringify({ mugs: 7, for: judgement.client.clientId }));
  });
}
