import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { loopback } from "../servers";

/**
 * The domain of vaults for clients that use the {@link vaultProxy}. It does not end in `localhost`, because many clients bypass
 * the proxy for such names.
 */
export const vaultDomain = "vault.azure.test";

/**
 * An HTTP proxy that reaches only the vaults: it connects `{vault}.vault.azure.test:443` to the vault's port. Clients that
 * build a vault's address from its name (`az keyvault secret set --vault-name`) find it by `HTTPS_PROXY`.
 */
export function vaultProxy(portOf: (vault: string) => number | undefined): Server {
  const refusal = (target: string) =>
    `This proxy of the local Azure reaches only vaults, {name}.${vaultDomain}:443, and not ${target}.\n`;
  const server = createServer((request, response) => {
    response.writeHead(403, { "content-type": "text/plain" }).end(refusal(`${request.method} ${request.url}`));
  });
  server.on("connect", ({ url = "" }: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on("error", () => client.destroy());
    const name = new RegExp(`^([a-z0-9-]+)\\.${vaultDomain.replace(".", "\\.")}:443$`, "i").exec(url)?.[1];
    const port = name === undefined ? undefined : portOf(name);
    if (port === undefined) {
      const text = name === undefined ? refusal(url) : `There is no vault '${name}' in the local Azure.\n`;
      const status = name === undefined ? "403 Forbidden" : "404 Not Found";
      client.end(`HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
      return;
    }
    const vault = connect(port, loopback, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      vault.write(head);
      vault.pipe(client).pipe(vault);
    });
    vault.on("error", () => client.destroy());
    vault.on("close", () => client.destroy());
    client.on("close", () => vault.destroy());
  });
  return server;
}
