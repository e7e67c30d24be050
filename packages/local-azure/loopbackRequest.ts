import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import https from "node:https";

export interface LoopbackResponse {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Sends a request to a server of this process. @throws Error if the connection is closed without an answer */
export type LoopbackRequest = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
) => Promise<LoopbackResponse>;

/** @param base `https://localhost:{port}`, known once the server listens */
export const loopbackRequest =
  (base: () => string, caCertificate: string): LoopbackRequest =>
  async (method, path, headers, body) => {
    const request = https.request(`${base()}${path}`, { method, headers, ca: caCertificate });
    request.end(body);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers["content-type"] ?? "",
      text: Buffer.concat(chunks).toString(),
    };
  };
