import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import https from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { addSecretVersion } from "@microservice-identities/local-azure/keyVault/vault";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { type Directory, provableStack } from "@microservice-identities/proof/directory";
import type { CallerAnswer, CallerRequest } from "@microservice-identities/test-support/callerProcess";
import { selfSigned } from "@microservice-identities/test-support/certificate";
import { projectWith, writeLandscape, writeSettings } from "@microservice-identities/test-support/project";
import { decodeJwt } from "jose";
import type { ServiceConfiguration } from "../configuration";

jest.setTimeout(120_000);

const because = "The test says so.";
const landscape = {
  services: {
    shop: { description: "Calls.", appRoles: {}, calls: { stock: { roles: ["Stock.Read"], because } } },
    card: { description: "Calls.", appRoles: {}, calls: { stock: { roles: ["Stock.Read"], because } } },
    job: { description: "Calls.", appRoles: {}, calls: { stock: { roles: ["Stock.Read"], because } } },
    stock: { description: "Is called.", appRoles: { "Stock.Read": { description: "Read." } } },
    till: { description: "Is not called.", appRoles: { "Till.Read": { description: "Read." } } },
  },
};

describe("a caller", () => {
  let folder: string;
  let azure: LocalAzure;
  let stack: BuiltInStack;
  let directory: Directory;
  let workload: ChildProcess;
  const settings = (revoked = 0) => ({
    location: "westeurope",
    rotation: { since: "2026-11-01" },
    vault: { retentionDays: 7, purgeProtection: false },
    landscapeFile: "landscape.yaml",
    services: {
      job: { credential: "federated" },
      card: { credential: "certificate", certificateFile: "card.pem" },
      ...(revoked > 0 ? { shop: { revoked: { times: revoked, reason: "The test says so." } } } : {}),
    },
  });
  const deploy = async () => {
    const { outputs } = await stack.up({ config: { "microservice-identities:authority": azure.authority } });
    directory = provableStack.parse(outputs).directory;
  };
  const configurationOf = (service: string): ServiceConfiguration => {
    const { clientId, identityClientId, credential, vaultUri = "" } = directory[service] as Directory[string];
    return {
      tenantId: azure.tenantId,
      clientId,
      identityClientId,
      authority: azure.authority,
      scopes: { stock: directory.stock?.scope ?? "", till: directory.till?.scope ?? "" },
      credential: credential.kind === "federated" ? { kind: "federated" } : { ...credential, vaultUri },
    };
  };
  const ask = async <T = CallerAnswer>(request: CallerRequest): Promise<T> => {
    workload.send(request);
    const [answer] = await once(workload, "message");
    return answer as T;
  };
  const tokens = async (count = 1, api = "stock") =>
    await ask<{ tokens: string[]; error?: { code: string; message: string } }>({ do: "tokens", api, count });
  /** Requests for tokens since the last time, and reads of a secret. */
  const requests = () => {
    const seen = azure.faults.events.splice(0);
    return {
      tokens: seen.filter(({ path, method }) => method === "POST" && path.endsWith("/oauth2/v2.0/token")).length,
      secrets: seen.filter(({ endpoint, path }) => endpoint === "keyVault" && path.startsWith("/secrets/")).length,
    };
  };
  /** Nothing goes wrong, but every request is noted. */
  const note = [
    { kind: "slow" as const, seconds: 0, endpoint: "entra" as const },
    { kind: "slow" as const, seconds: 0, endpoint: "keyVault" as const },
  ];

  beforeAll(async () => {
    folder = await projectWith({ dev: settings() });
    await writeLandscape(folder, "landscape", landscape);
    const certificate = await selfSigned("card");
    await writeFile(path.join(folder, "card.pem"), certificate.pem);
    azure = await startLocalAzure();
    await writeFile(path.join(folder, "ca.pem"), azure.caCertificate);
    stack = new BuiltInStack({ azure, projectFolder: folder, stack: "dev" });
    await deploy();
    const vault = [...azure.subscription.vaults.values()].find(({ name }) => name.startsWith("card-"));
    if (vault) addSecretVersion(vault, "client-certificate", { value: certificate.privateKeyPem }, Date.now);
    const env = { PATH: process.env.PATH, ...azure.workloadHost(), NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem") };
    workload = fork(require.resolve("@microservice-identities/test-support/callerProcess"), [], {
      execArgv: ["--import", "tsx"],
      env,
    });
  });
  afterAll(async () => {
    workload.disconnect();
    await azure.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    azure.faults.set({ faults: note });
    await ask({ do: "time", now: Date.now() });
    await ask({ do: "configure", configuration: configurationOf("shop") });
    requests();
  });

  it("asks once for a token, however many wait for it, and keeps it", async () => {
    const first = (await tokens(50)).tokens;
    expect([new Set(first).size, decodeJwt(first[0] ?? "").roles]).toEqual([1, ["Stock.Read"]]);
    expect(await tokens(50)).toEqual({ tokens: first });
    // A vault answers the first request without a token with a challenge.
    expect(requests()).toEqual({ tokens: 1, secrets: 2 });
  });

  it("renews a token shortly before its end, while nobody waits, and waits for one that has ended", async () => {
    azure.faults.set({ faults: note, tokenLifetimeSeconds: 3600 });
    const {
      tokens: [first = ""],
    } = await tokens();
    const end = (decodeJwt(first).exp ?? 0) * 1000;
    await ask({ do: "time", now: end - 301_000 });
    expect((await tokens()).tokens).toEqual([first]);
    expect(requests().tokens).toBe(1);
    await ask({ do: "time", now: end - 299_000 });
    // Still the first one, at once; the next one is under way.
    expect((await tokens()).tokens).toEqual([first]);
    await ask({ do: "time", now: end + 1000 });
    const {
      tokens: [second = ""],
    } = await tokens();
    expect(second).not.toBe(first);
    expect(requests().tokens).toBe(1);
  });

  it("goes on with a token that holds while Entra is away, and gets the next one when it is back", async () => {
    const {
      tokens: [first = ""],
    } = await tokens();
    const end = (decodeJwt(first).exp ?? 0) * 1000;
    azure.faults.set({ faults: [{ kind: "unavailable", endpoint: "entra" }] });
    await ask({ do: "time", now: end - 60_000 });
    expect((await tokens(3)).tokens).toEqual([first, first, first]);
    azure.faults.set({ faults: note });
    await ask({ do: "time", now: end + 1000 });
    expect((await tokens()).tokens?.[0]).not.toBe(first);
  });

  it.each(["dropped", "unavailable", "internalError"] as const)(
    "tries again when Entra has a bad moment: %s",
    async (kind) => {
      azure.faults.set({ faults: [{ kind, endpoint: "entra", method: "POST", times: 2 }] });
      expect((await tokens()).tokens).toHaveLength(1);
    },
  );

  it("reads its secret again when that has been revoked, and its callers notice nothing", async () => {
    await tokens();
    await writeSettings(folder, "dev", settings(1));
    await deploy();
    requests();
    await ask({ do: "time", now: Date.now() + 3 * 3_600_000 });
    expect((await tokens(20)).tokens).toHaveLength(20);
    expect(requests()).toEqual({ tokens: 2, secrets: 1 });
  });

  it("says what is wrong when the secret stays wrong, and does not go on asking", async () => {
    const application = [...azure.tenant.applications.values()].find(({ displayName }) => displayName === "shop-dev");
    for (const { keyId } of application?.passwordCredentials ?? [])
      if (application) azure.tenant.removePassword(application, keyId);
    expect(await tokens()).toEqual({
      error: {
        name: "TokenError",
        code: "AADSTS7000215",
        message:
          "no token for stock: AADSTS7000215: the client secret is wrong; look at the newest version in the service's vault",
      },
    });
    expect(requests()).toEqual({ tokens: 2, secrets: 3 });
    await writeSettings(folder, "dev", settings(2));
    await deploy();
    expect((await tokens()).tokens).toHaveLength(1);
  });

  it("has no secret at all when its managed identity is trusted", async () => {
    await ask({ do: "configure", configuration: configurationOf("job") });
    const [token = ""] = (await tokens()).tokens;
    expect(decodeJwt(token)).toMatchObject({ azp: directory.job?.clientId, azpacr: "2", roles: ["Stock.Read"] });
    expect(requests()).toEqual({ tokens: 1, secrets: 0 });
  });

  it("says which call is not declared, and which API is not configured", async () => {
    expect((await tokens(1, "till")).error).toEqual({
      name: "TokenError",
      code: "AADSTS501051",
      message:
        "no token for till: AADSTS501051: the service holds no app role of the API; declare the call in the landscape, and deploy",
    });
    expect((await tokens(1, "bank")).error).toMatchObject({
      message: "no token for bank: it is not configured; the APIs are: stock, till",
    });
  });

  it("says that the vault is closed to it", async () => {
    const configuration = configurationOf("shop");
    const { vaultUri = "" } = directory.stock ?? {};
    await ask({
      do: "configure",
      configuration: { ...configuration, credential: { kind: "secret", vaultUri, secretName: "client-secret" } },
    });
    expect((await tokens()).error?.message).toBe(
      `no token for stock: ${vaultUri}: the secret client-secret cannot be read: 403 Forbidden`,
    );
  });

  describe("with fetch", () => {
    let server: https.Server;
    let answers: number[];
    let seen: (string | undefined)[];
    beforeAll(async () => {
      server = https.createServer(await azure.serverCertificate(), (request, response) => {
        seen.push(request.headers.authorization);
        const status = answers.shift() ?? 200;
        response.writeHead(status, status === 302 ? { location: "https://localhost:1/" } : {}).end("answer");
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    });
    afterAll(() => server.close());
    const fetched = (given: number[], address?: string, body?: string) => {
      answers = given;
      seen = [];
      const at = address ?? `https://localhost:${(server.address() as AddressInfo).port}/`;
      return ask<{ status: number; error?: object }>({ do: "fetch", api: "stock", address: at, body });
    };

    it("sends the token, and tries an answer of 401 once more with a fresh one", async () => {
      expect(await fetched([200])).toEqual({ status: 200, body: "answer" });
      const [first] = seen;
      expect(await fetched([401, 200])).toEqual({ status: 200, body: "answer" });
      expect([seen.length, seen[0] === first, seen[1] === first]).toEqual([2, true, false]);
      expect(requests().tokens).toBe(2);
    });

    it("hands on a 401 that comes again, and a 403 at once", async () => {
      expect(await fetched([401, 401])).toEqual({ status: 401, body: "answer" });
      expect(await fetched([403])).toEqual({ status: 403, body: "answer" });
      expect(seen).toHaveLength(1);
    });

    it("does not send a token in the clear, after a redirect, or with a body that can be sent only once", async () => {
      expect((await fetched([], "http://localhost:1/")).error).toEqual({
        name: "TypeError",
        message: "http://localhost:1/: allowed for a request with a token: an https address",
      });
      expect((await fetched([302])).error).toMatchObject({ name: "TypeError" });
      expect(seen).toHaveLength(1);
      const at = `https://localhost:${(server.address() as AddressInfo).port}/`;
      expect((await fetched([], at, "stream")).error).toEqual({
        name: "TypeError",
        message: `${at}: allowed as a body: what can be sent again, no stream`,
      });
    });
  });

  it("signs with its certificate's private key, which its team has put into its vault", async () => {
    await ask({ do: "configure", configuration: configurationOf("card") });
    const [token = ""] = (await tokens()).tokens;
    expect(decodeJwt(token)).toMatchObject({ azp: directory.card?.clientId, azpacr: "2", roles: ["Stock.Read"] });
    expect(requests()).toEqual({ tokens: 1, secrets: 2 });
    const vault = [...azure.subscription.vaults.values()].find(({ name }) => name.startsWith("card-"));
    const { privateKeyPem } = await selfSigned("another");
    if (vault) addSecretVersion(vault, "client-certificate", { value: privateKeyPem }, Date.now);
    await ask({ do: "configure", configuration: configurationOf("card") });
    expect((await tokens()).error).toMatchObject({ code: "AADSTS700027" });
  });
});
