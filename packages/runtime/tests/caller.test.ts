import { type ChildProcess, fork } from "node:child_process";
import { randomUUID, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { FaultPlan } from "@microservice-identities/local-azure/faults";
import { addSecretVersion } from "@microservice-identities/local-azure/keyVault/vault";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { type CallingService, callingServices } from "@microservice-identities/test-support/callingServices";
import { selfSigned } from "@microservice-identities/test-support/certificate";
import { decodeJwt } from "jose";
import type { ServiceConfiguration } from "../configuration";
import type { TelemetryEvent } from "../telemetry";
import type { CallerAnswer, CallerRequest } from "./support/callerProcess";

jest.setTimeout(120_000);

type Tokens = { tokens: string[]; error?: { name: string; code: string; message: string; isTransient: boolean } };

describe("a caller", () => {
  let folder: string;
  let azure: TestAzure;
  let services: Awaited<ReturnType<typeof callingServices>>;
  let shop: CallingService;
  let workload: ChildProcess;
  let now = 0;

  const ask = async <T = CallerAnswer>(request: CallerRequest): Promise<T> => {
    workload.send(request);
    const [answer] = await once(workload, "message");
    return answer as T;
  };
  const tokens = (count = 1, api = "stock", abortAfterMs?: number) =>
    ask<Tokens>({ do: "tokens", api, count, ...(abortAfterMs === undefined ? {} : { abortAfterMs }) });
  const setClock = async (time: number) => {
    now = time;
    await ask({ do: "time", now });
  };
  const advanceClock = (milliseconds: number) => setClock(now + milliseconds);
  const configure = async (
    configuration: ServiceConfiguration,
    options: Extract<CallerRequest, { do: "configure" }>["options"] = {},
    refusals: readonly number[] = [],
  ) => void (await ask({ do: "configure", configuration, options, refusals }));
  /** The numbers of token requests and of requests for a secret since the last call. */
  const requests = () => {
    const seen = azure.azure.faults.events.splice(0);
    return {
      tokens: seen.filter(({ path, method }) => method === "POST" && path.endsWith("/oauth2/v2.0/token")).length,
      secrets: seen.filter(({ endpoint, path }) => endpoint === "keyVault" && path.startsWith("/secrets/")).length,
    };
  };
  /** Waits until Entra has received this number of token requests. */
  const untilTokenRequests = async (count: number) => {
    const seen = () => azure.azure.faults.events.filter(({ path }) => path.endsWith("/oauth2/v2.0/token")).length;
    while (seen() < count) await delay(5);
  };
  const events = async (kind: TelemetryEvent["kind"]) => {
    const { events: all } = await ask<{ events: TelemetryEvent[] }>({ do: "inspect" });
    return all.filter((event) => event.kind === kind);
  };
  /** A fault plan without an effect, which only records every request. */
  const recordOnly = [
    { kind: "slow" as const, seconds: 0, endpoint: "entra" as const },
    { kind: "slow" as const, seconds: 0, endpoint: "keyVault" as const },
  ];
  const setFaults = (plan: FaultPlan) => azure.azure.faults.set(plan);
  const minute = 60_000;
  const cluster = "https://westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/blue/";
  /** The token that Kubernetes writes into a file of the pod. */
  const accountToken = async (serviceAccount: string) =>
    (await azure.azure.clusterIssuer(cluster)).token("shop", serviceAccount);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "caller-"));
    azure = await startTestAzure();
    services = await callingServices(azure);
    shop = await services.add("shop");
    await writeFile(path.join(folder, "ca.pem"), azure.azure.caCertificate);
    const env = {
      PATH: process.env.PATH,
      ...azure.azure.workloadHost(),
      NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem"),
    };
    workload = fork(path.join(__dirname, "support", "callerProcess.ts"), [], { execArgv: ["--import", "tsx"], env });
  });
  afterAll(async () => {
    workload.disconnect();
    await azure.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    setFaults({ faults: recordOnly });
    shop.renewSecret();
    await setClock(Date.now());
    await configure(shop.configuration);
    requests();
  });

  describe("keeps a token", () => {
    it("and requests it only once for many waiting calls", async () => {
      const first = (await tokens(50)).tokens;
      expect([new Set(first).size, decodeJwt(first[0] ?? "").roles]).toEqual([1, ["Stock.Read"]]);
      expect(await tokens(50)).toEqual({ tokens: first });
      // The first request to a vault has no token, and the vault answers with a challenge.
      expect(requests()).toEqual({ tokens: 1, secrets: 2 });
    });

    it("renews it in the background 20 minutes before it expires, and lets calls wait only after it has expired", async () => {
      setFaults({ faults: recordOnly, tokenLifetimeSeconds: 3600 });
      const [first = ""] = (await tokens()).tokens;
      const end = (decodeJwt(first).exp ?? 0) * 1000;
      await setClock(end - 20 * minute - 1000);
      expect((await tokens()).tokens).toEqual([first]);
      expect(requests().tokens).toBe(1);
      await setClock(end - 20 * minute + 1000);
      // Returns the first token at once. The request for the next one has begun.
      expect((await tokens()).tokens).toEqual([first]);
      await setClock(end + 1000);
      const [second = ""] = (await tokens()).tokens;
      expect(second).not.toBe(first);
      expect(requests().tokens).toBe(1);
    });

    it("requests a token with longer and longer pauses while Entra is unavailable, and gets one when Entra is available again", async () => {
      setFaults({ faults: recordOnly, tokenLifetimeSeconds: 3600 });
      await configure(shop.configuration, { attempts: 1 });
      const [first = ""] = (await tokens()).tokens;
      const end = (decodeJwt(first).exp ?? 0) * 1000;
      setFaults({ faults: [{ kind: "unavailable", endpoint: "entra" }] });
      await setClock(end - 16 * minute);
      requests();
      for (let second = 0; second < 15 * 60; second++) {
        expect((await tokens()).tokens).toEqual([first]);
        await advanceClock(1000);
      }
      // After pauses of 1, 2, 4, 8, 16 and then 30 seconds each.
      expect(requests().tokens).toBeLessThanOrEqual(35);
      setFaults({ faults: recordOnly });
      await setClock(end + 1000);
      expect((await tokens()).tokens?.[0]).not.toBe(first);
    });
  });

  describe("tries again", () => {
    it.each(["dropped", "unavailable", "internalError"] as const)(
      "if Entra has the fault %s for a moment",
      async (kind) => {
        setFaults({ faults: [{ kind, endpoint: "entra", method: "POST", times: 2 }] });
        expect((await tokens()).tokens).toHaveLength(1);
      },
    );

    it("only after the time in Entra's Retry-After", async () => {
      setFaults({ faults: [{ kind: "throttled", endpoint: "entra", method: "POST", times: 1, seconds: 1 }] });
      const begun = performance.now();
      expect((await tokens()).tokens).toHaveLength(1);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(1000);
    });

    it("only with a later call if Retry-After is longer than the time limit", async () => {
      setFaults({
        faults: [{ kind: "throttled", endpoint: "entra", method: "POST", times: 1, seconds: 120 }, ...recordOnly],
      });
      const refused = await tokens();
      expect(refused.error).toMatchObject({ code: "AADSTS90033", isTransient: true });
      await advanceClock(119_000);
      expect(await tokens(50)).toEqual(refused);
      expect(requests().tokens).toBe(1);
      await advanceClock(2000);
      expect((await tokens()).tokens).toHaveLength(1);
    });

    it.each([70021, 700016, 700211, 700213, 7000215])(
      "after AADSTS%d only in the first minutes after the start",
      async (code) => {
        await configure(shop.configuration, {}, [code]);
        expect((await tokens()).tokens).toHaveLength(1);
        await configure(shop.configuration, {}, [code]);
        await advanceClock(5 * minute + 1000);
        expect((await tokens()).error).toMatchObject({ code: `AADSTS${code}`, isTransient: false });
      },
    );

    it("only within the time limit for one token, and then throws a transient error", async () => {
      setFaults({ faults: [{ kind: "slow", endpoint: "entra", seconds: 2 }] });
      await configure(shop.configuration, { timeout: 0.2 });
      expect((await tokens()).error).toEqual({
        name: "TokenError",
        code: "ERR_ENTRA_UNAVAILABLE",
        message: "no token for stock: Entra or the vault did not answer within 0.2 s; try again",
        isTransient: true,
      });
    });
  });

  it("stops waiting if its signal is aborted, but the token request continues for other calls", async () => {
    setFaults({ faults: [{ kind: "slow", endpoint: "entra", method: "POST", seconds: 1 }] });
    expect((await tokens(1, "stock", 50)).error?.name).toBe("TimeoutError");
    expect((await tokens()).tokens).toHaveLength(1);
    expect(requests().tokens).toBe(1);
  });

  describe("with a client secret", () => {
    it("reads it again after it was revoked, and waiting calls succeed", async () => {
      await tokens();
      shop.renewSecret();
      requests();
      await advanceClock(180 * minute);
      expect((await tokens(20)).tokens).toHaveLength(20);
      expect(requests()).toEqual({ tokens: 2, secrets: 1 });
    });

    it("uses the previous version while Entra does not accept the new one", async () => {
      // The replicas refuse the old secret for a moment, so the caller reads the new one. No replica accepts the new one yet.
      await tokens();
      shop.publish("not accepted yet");
      const kept = shop.application.passwordCredentials;
      shop.application.passwordCredentials = [];
      requests();
      await advanceClock(180 * minute);
      const waiting = tokens();
      await untilTokenRequests(2);
      shop.application.passwordCredentials = kept;
      expect((await waiting).tokens).toHaveLength(1);
      await advanceClock(180 * minute);
      expect((await tokens()).tokens).toHaveLength(1);
    });

    it("starts with the previous version while Entra does not accept the new one, unless that version is deleted", async () => {
      shop.publish("not accepted yet");
      await configure(shop.configuration);
      requests();
      const [token = ""] = (await tokens()).tokens;
      expect(decodeJwt(token).roles).toEqual(["Stock.Read"]);
      // The vault's challenge, the newest version, the newest version again, and the previous one.
      expect(requests()).toEqual({ tokens: 2, secrets: 4 });
      const [before] = shop.vault.secrets.get("client-secret")?.splice(-2, 1) ?? [];
      expect(before?.value).not.toBe("not accepted yet");
      await configure(shop.configuration, { timeout: 0.5 });
      expect((await tokens()).error).toMatchObject({ code: "AADSTS7000215", isTransient: true });
    });

    it("reports the reason if Entra keeps refusing it, and stops requesting tokens", async () => {
      await tokens();
      requests();
      shop.dropSecrets();
      await advanceClock(180 * minute);
      const wrong = {
        error: {
          name: "TokenError",
          code: "AADSTS7000215",
          message:
            "no token for stock: AADSTS7000215: the client secret is wrong; look at the newest version in the service's vault",
          isTransient: false,
        },
      };
      expect(await tokens()).toEqual(wrong);
      expect(await tokens(50)).toEqual(wrong);
      expect(requests()).toEqual({ tokens: 1, secrets: 1 });
      shop.renewSecret();
      await advanceClock(1000);
      expect((await tokens()).tokens).toHaveLength(1);
    });

    const own =
      "check that the workload runs as the service's own managed identity (AZURE_CLIENT_ID), and deploy the stack again with a refresh";
    it.each<[what: string, close: (vault: CallingService["vault"]) => void, reason: string]>([
      [
        "policy",
        (vault) => (vault.accessPolicies = []),
        `AccessDenied: no access policy of the vault lets this identity get secrets; ${own}`,
      ],
      [
        "role",
        (vault) => (vault.enableRbacAuthorization = true),
        `ForbiddenByRbac: this identity has no Azure role that lets it get secrets of the vault; ${own}. A new role assignment takes up to ten minutes`,
      ],
      [
        "firewall",
        (vault) => (vault.properties = { networkAcls: { defaultAction: "Deny" } }),
        "ForbiddenByFirewall: the vault's firewall does not admit the network that the service runs in; add its subnet or address to the stack's vault.network",
      ],
      [
        "connection",
        (vault) => (vault.properties = { publicNetworkAccess: "Disabled" }),
        "ForbiddenByConnection: the vault's public network access is disabled; let the service run where a private endpoint reaches the vault",
      ],
      [
        "secret",
        (vault) => {
          for (const { attributes } of vault.secrets.get("client-secret") ?? [])
            Object.assign(attributes, { enabled: false });
        },
        "SecretDisabled: the newest version of the secret is disabled; enable it in the vault, or revoke it and deploy the stack again",
      ],
    ])("names the %s as the reason why it cannot read the vault, and what to do", async (_what, close, reason) => {
      const closed = await services.add(`closed-${randomUUID().slice(0, 8)}`);
      close(closed.vault);
      await configure(closed.configuration);
      expect((await tokens()).error).toMatchObject({
        code: "ERR_CREDENTIAL",
        message: `no token for stock: ${closed.vault.uri}: the secret client-secret cannot be read: 403 ${reason}`,
        isTransient: false,
      });
    });
  });

  it("signs with its certificate's private key, which its team stored in the vault", async () => {
    const certificate = await selfSigned("card");
    const secretName = "client-certificate";
    const thumbprint = certificate.thumbprint;
    const card = await services.add("card", (vaultUri) => ({ kind: "certificate", vaultUri, secretName, thumbprint }));
    const [startDateTime, endDateTime] = [-1, 30].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
    card.application.keyCredentials = [
      {
        keyId: randomUUID(),
        displayName: null,
        startDateTime: startDateTime ?? "",
        endDateTime: endDateTime ?? "",
        certificate: new X509Certificate(certificate.pem),
      },
    ];
    addSecretVersion(card.vault, secretName, { value: certificate.privateKeyPem }, Date.now);
    await configure(card.configuration);
    const [token = ""] = (await tokens()).tokens;
    expect(decodeJwt(token)).toMatchObject({ azp: card.application.appId, azpacr: "2", roles: ["Stock.Read"] });
    addSecretVersion(card.vault, secretName, { value: (await selfSigned("another")).privateKeyPem }, Date.now);
    await configure(card.configuration);
    expect((await tokens()).error).toMatchObject({ code: "AADSTS700027" });
  });

  describe("without a secret", () => {
    it("signs in with its managed identity", async () => {
      const job = await services.add("job", () => ({ kind: "federated" }));
      await configure(job.configuration);
      requests();
      const [token = ""] = (await tokens()).tokens;
      expect(decodeJwt(token)).toMatchObject({ azp: job.application.appId, azpacr: "2", roles: ["Stock.Read"] });
      expect(requests()).toEqual({ tokens: 1, secrets: 0 });
    });

    it("signs in with the token of its service account in Kubernetes, and reads the file for each sign-in", async () => {
      const pod = await services.add("pod", () => ({ kind: "federated" }));
      const [trusted] = pod.application.federatedIdentityCredentials;
      const subject = "system:serviceaccount:shop:pod";
      pod.application.federatedIdentityCredentials = trusted ? [{ ...trusted, issuer: cluster, subject }] : [];
      const federatedTokenFile = path.join(folder, "token-of-pod");
      await configure({ ...pod.configuration, federatedTokenFile });
      expect((await tokens()).error).toMatchObject({
        code: "ERR_CREDENTIAL",
        message: `no token for stock: AZURE_FEDERATED_TOKEN_FILE is ${federatedTokenFile}, which cannot be read (ENOENT); allowed: the file where Kubernetes writes the token of the pod's service account`,
      });
      await writeFile(federatedTokenFile, `${await accountToken("pod")}\n`);
      await advanceClock(1000);
      const [token = ""] = (await tokens()).tokens;
      expect(decodeJwt(token)).toMatchObject({ azp: pod.application.appId, roles: ["Stock.Read"] });
    });
  });

  describe("in Kubernetes, with a secret in a vault", () => {
    let pod: CallingService;
    const federatedTokenFile = () => path.join(folder, "token-of-secretive-pod");
    beforeAll(async () => {
      pod = await services.add("secretive-pod");
      await writeFile(federatedTokenFile(), await accountToken("secretive-pod"));
    });
    const trust = (serviceAccount: string) =>
      pod.identity.federatedCredentials.set("pod", {
        issuer: cluster,
        subject: `system:serviceaccount:shop:${serviceAccount}`,
        audiences: ["api://AzureADTokenExchange"],
      });

    it("reads the vault as the managed identity that trusts its service account", async () => {
      trust("secretive-pod");
      await configure({ ...pod.configuration, federatedTokenFile: federatedTokenFile() });
      requests();
      const [token = ""] = (await tokens()).tokens;
      expect(decodeJwt(token)).toMatchObject({ azp: pod.application.appId, azpacr: "1", roles: ["Stock.Read"] });
      // The token requests are the identity's for the vault, and the service's own.
      expect(requests()).toEqual({ tokens: 2, secrets: 2 });
    });

    it("retries in the first minutes after the start while Entra does not know the federated credential, and later reports the reason", async () => {
      trust("another");
      await configure({ ...pod.configuration, federatedTokenFile: federatedTokenFile() });
      requests();
      const waiting = tokens();
      await untilTokenRequests(2);
      trust("secretive-pod");
      expect((await waiting).tokens).toHaveLength(1);
      trust("another");
      await configure({ ...pod.configuration, federatedTokenFile: federatedTokenFile() });
      await advanceClock(5 * minute + 1000);
      expect((await tokens()).error).toMatchObject({
        code: "AADSTS700213",
        isTransient: false,
        message: `no token for stock: AADSTS700213: the managed identity ${pod.identity.clientId} is refused: the federated identity credential has a different subject; check which managed identity or service account runs the service`,
      });
    });

    it("reports that the file with its token is missing", async () => {
      await configure({ ...pod.configuration, federatedTokenFile: path.join(folder, "no-token") });
      expect((await tokens()).error).toMatchObject({
        code: "ERR_CREDENTIAL",
        isTransient: false,
        message: `no token for stock: AZURE_FEDERATED_TOKEN_FILE is ${path.join(folder, "no-token")}, which cannot be read (ENOENT); allowed: the file where Kubernetes writes the token of the pod's service account`,
      });
    });
  });

  it("reports an undeclared call, and an API that is not configured, even if every object has a property of its name", async () => {
    expect((await tokens(1, "till")).error).toMatchObject({
      code: "AADSTS501051",
      message:
        "no token for till: AADSTS501051: the service holds no app role of the API; declare the call in the landscape, and deploy",
    });
    requests();
    for (const api of ["bank", "constructor", "__proto__", "toString"])
      expect((await tokens(1, api)).error).toEqual({
        name: "TokenError",
        code: "ERR_API_UNKNOWN",
        message: `no token for ${api}: it is not configured; the APIs are: stock, till`,
        isTransient: false,
      });
    expect(requests()).toEqual({ tokens: 0, secrets: 0 });
  });

  it("does not show its secret and tokens if code prints the caller, its errors or its events", async () => {
    const secret = shop.renewSecret();
    const [token = ""] = (await tokens()).tokens;
    shop.dropSecrets();
    await advanceClock(180 * minute);
    expect((await tokens()).error).toMatchObject({ code: "AADSTS7000215" });
    const { shown } = await ask<{ shown: string }>({ do: "inspect" });
    expect(shown).toContain("Caller {}");
    for (const part of [secret, secret.slice(0, 12), token, ...token.split(".")]) expect(shown).not.toContain(part);
  });

  it("keeps its secret and tokens in memory under property names that do not reveal them", async () => {
    const secret = shop.renewSecret();
    const [token = ""] = (await tokens()).tokens;
    const { names } = await ask<{ names: string[] }>({ do: "heap", values: [secret, token] });
    expect(names).toContain("value");
    expect(names.filter((name) => /secret|token|password|credential|authorization|assertion|key/i.test(name))).toEqual(
      [],
    );
  });

  describe("with fetch", () => {
    let server: https.Server;
    let answers: { status: number; headers?: Record<string, string> }[];
    let seen: Record<string, string | string[] | undefined>[];
    let address = "";
    beforeAll(async () => {
      server = https.createServer(await azure.azure.serverCertificate(), (request, response) => {
        seen.push(request.headers);
        const { status, headers } = answers.shift() ?? { status: 200 };
        response
          .writeHead(status, headers ?? (status === 302 ? { location: "https://localhost:1/" } : {}))
          .end("answer");
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      address = `https://localhost:${(server.address() as AddressInfo).port}/`;
    });
    afterAll(() => server.close());
    const fetched = (
      given: readonly (number | { status: number; headers: Record<string, string> })[],
      { to = address, body, api = "stock" }: { to?: string; body?: string; api?: string } = {},
    ) => {
      answers = given.map((each) => (typeof each === "number" ? { status: each } : each));
      seen = [];
      return ask<{ status: number; error?: object }>({ do: "fetch", api, address: to, body });
    };
    const sent = () => seen.map(({ authorization }) => authorization);

    it("sends the token and the trace, and retries once with a new token after a 401", async () => {
      expect(await fetched([200])).toEqual({ status: 200, body: "answer" });
      expect(seen[0]?.traceparent).toBe("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
      const [first] = sent();
      expect(await fetched([401, 200])).toEqual({ status: 200, body: "answer" });
      expect([sent().length, sent()[0] === first, sent()[1] === first]).toEqual([2, true, false]);
      expect(requests().tokens).toBe(2);
    });

    it("requests only one new token in five minutes for an API that always answers 401", async () => {
      expect(await fetched([401, 401])).toEqual({ status: 401, body: "answer" });
      for (let count = 0; count < 20; count++) expect(await fetched([401])).toEqual({ status: 401, body: "answer" });
      expect(requests().tokens).toBe(2);
      await advanceClock(5 * minute + 1000);
      expect(await fetched([401, 401])).toEqual({ status: 401, body: "answer" });
      expect(requests().tokens).toBe(1);
    });

    it("returns the 401 and keeps the token if it cannot get another one", async () => {
      await configure(shop.configuration, { attempts: 1 });
      await tokens();
      setFaults({ faults: [{ kind: "internalError", endpoint: "entra" }] });
      expect(await fetched([401])).toEqual({ status: 401, body: "answer" });
      expect(await fetched([200])).toEqual({ status: 200, body: "answer" });
    });

    it("returns a 403 at once, reports the age of the token, and requests a new token on demand", async () => {
      await tokens();
      await advanceClock(10 * minute);
      expect(await fetched([403])).toEqual({ status: 403, body: "answer" });
      expect(await events("forbidden")).toEqual([{ kind: "forbidden", api: "stock", tokenAgeSeconds: 600 }]);
      const [old] = sent();
      await ask({ do: "forget", api: "stock" });
      await fetched([200]);
      expect(sent()[0]).not.toBe(old);
    });

    it("declares continuous access evaluation only for Microsoft's APIs, and answers their claims challenges", async () => {
      const graph = "https://graph.microsoft.com/.default";
      await configure({ ...shop.configuration, scopes: { ...shop.configuration.scopes, graph } });
      await tokens();
      const demanded = { access_token: { nbf: { essential: true, value: "1604106651" } } };
      const claims = Buffer.from(JSON.stringify(demanded)).toString("base64");
      const headers = { "www-authenticate": `Bearer realm="", error="insufficient_claims", claims="${claims}"` };
      expect(await fetched([{ status: 401, headers }, 200], { api: "graph" })).toEqual({ status: 200, body: "answer" });
      const { claims: asked } = await ask<{ claims: (string | null)[] }>({ do: "inspect" });
      const declared = { xms_cc: { values: ["cp1"] } };
      expect(asked.map((each) => each && JSON.parse(each).access_token)).toEqual([
        null,
        declared,
        { ...demanded.access_token, ...declared },
      ]);
    });

    it("does not send a token over http or after a redirect, and refuses a body that it can send only once", async () => {
      expect((await fetched([], { to: "http://localhost:1/" })).error).toMatchObject({
        name: "TypeError",
        message: "http://localhost:1/: allowed for a request with a token: an https address",
      });
      expect((await fetched([302])).error).toMatchObject({ name: "TypeError" });
      expect(seen).toHaveLength(1);
      expect((await fetched([], { body: "stream" })).error).toMatchObject({
        name: "TypeError",
        message: `${address}: allowed as a body: a value that can be sent again, not a stream`,
      });
    });
  });
});
