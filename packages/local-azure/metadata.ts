import type { FastifyInstance } from "fastify";
import { vaultDomain } from "./keyVault/vaultProxy";
import type { Tenant } from "./tenant";

export interface MetadataOptions {
  readonly tenant: Tenant;
  readonly base: () => string;
  readonly graphBase: () => string;
  readonly audiences: readonly string[];
}

const newestVersion = "2022-09-01";

/** The endpoint from which Azure's tools read the addresses of an unknown cloud. */
export async function metadata(app: FastifyInstance, { base, graphBase, audiences }: MetadataOptions): Promise<void> {
  app.get("/metadata/endpoints", async (request, reply) => {
    const version = (request.query as Record<string, string>)["api-version"];
    if (version === undefined) {
      return reply.code(400).send({
        error: {
          code: "MissingApiVersionParameter",
          message: "The api-version query parameter (?api-version=) is required.",
        },
      });
    }
    const unknown = Object.keys(request.query as object).find((name) => name !== "api-version");
    const isVersion = /^\d{4}-\d{2}-\d{2}$/.test(version) && version <= newestVersion;
    const wrong = isVersion ? unknown : "api-version";
    if (wrong !== undefined) {
      const message = `The local Azure does not serve the query parameter '${wrong}' here with this value.`;
      return reply.code(400).send({ error: { code: "InvalidQueryParameter", message } });
    }
    const cloud = {
      name: "LocalAzure",
      resourceManager: base(),
      microsoftGraphResourceId: graphBase(),
      portal: base(),
      graph: graphBase(),
      authentication: {
        loginEndpoint: base(),
        audiences,
        tenant: "common",
        identityProvider: "AAD",
      },
      suffixes: { keyVaultDns: vaultDomain, storage: "localhost", acrLoginServer: "localhost" },
    };
    // Older versions return a list of clouds.
    return version >= newestVersion ? cloud : [cloud];
  });
}
