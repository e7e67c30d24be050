import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { requireAppRole } from "../fastify";
import { Guard } from "../guard";
import { inventory } from "./inventory";

interface ProvedApiOptions {
  /** The service that the proof simulates. */
  readonly name: string;
  /** The API's client id: the audience of its tokens. */
  readonly clientId: string;
  /** The values of its app roles. */
  readonly roles: readonly string[];
  readonly tenantId: string;
  /** `https://localhost:{port}` or `https://login.microsoftonline.com`. */
  readonly authority: string;
  /** Its TLS certificate. */
  readonly certificate: { readonly key: string; readonly cert: string };
  /** How it gets the tenant's signing keys. */
  readonly fetch: typeof fetch;
}

/** A request that requires an app role. */
interface Use {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

/**
 * An API as a service guards it, for the proof: see `ProvedApiModule` in packages/proof. A service with a sample gets that
 * sample, every other service an API with one `GET` for each of its app roles.
 */
export async function startProvedApi(options: ProvedApiOptions) {
  const { tenantId, clientId, authority, certificate, roles, fetch: keysFetch } = options;
  const guard = new Guard({ tenantId, clientId, authority, fetch: keysFetch });
  const sample = samples[options.name];
  const isSampled = sample && roles.every((role) => role in sample.uses);
  const app = isSampled ? sample.app(guard, certificate) : standIn(guard, certificate, roles);
  const uses = isSampled
    ? sample.uses
    : Object.fromEntries(roles.map((role) => [role, { method: "GET", path: at(role) }]));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = `https://localhost:${(app.server.address() as AddressInfo).port}`;
  return {
    async use(role: string, token: string): Promise<number> {
      const { method, path, body } = uses[role] as Use;
      const response = await fetch(`${address}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      await response.arrayBuffer();
      return response.status;
    },
    close: (): Promise<void> => app.close(),
  };
}

/** The sample services, with a request for each app role. */
const samples: Readonly<
  Record<
    string,
    {
      readonly uses: Readonly<Record<string, Use>>;
      app(guard: Guard, certificate: ProvedApiOptions["certificate"]): FastifyInstance;
    }
  >
> = {
  inventory: {
    uses: {
      "Inventory.Read": { method: "GET", path: "/stock/mug-blue" },
      "Inventory.Write": {
        method: "POST",
        path: "/reservations",
        body: { orderId: "proof", sku: "mug-blue", quantity: 1 },
      },
    },
    app: (guard, certificate) => inventory({ guard, certificate, logger: false }),
  },
};

const at = (role: string): string => `/roles/${encodeURIComponent(role)}`;

function standIn(
  guard: Guard,
  certificate: ProvedApiOptions["certificate"],
  roles: readonly string[],
): FastifyInstance {
  const app = Fastify({ https: certificate, forceCloseConnections: true }) as unknown as FastifyInstance;
  for (const role of roles)
    app.get(at(role), { onRequest: requireAppRole(guard, role) }, async () => ({ granted: role }));
  return app;
}
