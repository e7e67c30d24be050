import { once } from "node:events";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { ServerCertificate } from "../certificateAuthority";
import type { VaultHosting } from "../resourceManager/armContext";

/**
 * A port for each vault, because `{vault}.vault.azure.net` is impossible on loopback: names under `localhost` do not
 * resolve everywhere. All ports lead to one data plane, which identifies the vault by the port.
 */
export class LoopbackVaults implements VaultHosting {
  private readonly servers = new Map<string, https.Server>();
  private readonly names = new Map<number, string>();

  constructor(
    private readonly dataPlane: FastifyInstance,
    private readonly certificate: ServerCertificate,
  ) {}

  async open(name: string, wanted = 0): Promise<string> {
    const server = https.createServer(this.certificate, (request, response) =>
      this.dataPlane.routing(request, response),
    );
    await listen(server, wanted).catch(() => listen(server, 0));
    const { port } = server.address() as AddressInfo;
    this.servers.set(name.toLowerCase(), server);
    this.names.set(port, name.toLowerCase());
    return `https://localhost:${port}/`;
  }

  nameAt(port: number): string | undefined {
    return this.names.get(port);
  }

  portOf(name: string): number | undefined {
    const address = this.servers.get(name.toLowerCase())?.address() as AddressInfo | null | undefined;
    return address?.port;
  }

  async close(name: string): Promise<void> {
    const server = this.servers.get(name.toLowerCase());
    if (!server) return;
    this.servers.delete(name.toLowerCase());
    this.names.delete((server.address() as AddressInfo).port);
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.servers.keys()].map((name) => this.close(name)));
  }
}

async function listen(server: https.Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
}
