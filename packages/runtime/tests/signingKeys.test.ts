import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { exportJWK, SignJWT } from "jose";
import { ConfigurationError } from "../configurationError";
import { Guard, type GuardOptions } from "../guard";
import type { TelemetryEvent } from "../telemetry";

const [tenantId, clientId, role] = [randomUUID(), randomUUID(), "Things.Read"];
const newKeyPair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const [first, second] = [newKeyPair(), newKeyPair()];
const published = async (key: KeyObject, kid = "one") => ({ ...(await exportJWK(key)), kid, use: "sig" });
const token = (key: KeyObject, kid = "one") =>
  new SignJWT({ tid: tenantId, ver: "2.0", azp: "client", oid: "object", sub: "object", roles: [role] })
    .setProtectedHeader({ typ: "JWT", alg: "RS256", kid })
    .setIssuer(`https://login.microsoftonline.com/${tenantId}/v2.0`)
    .setAudience(clientId)
    .setIssuedAt(0)
    .setNotBefore(0)
    .setExpirationTime(10_000_000_000)
    .sign(key);

/** A guard with a tenant whose answers the test defines, and with a clock that the test sets. */
async function guarded(options: Partial<GuardOptions> = {}) {
  const state = {
    seconds: 1_000_000,
    fetches: 0,
    answer: async (): Promise<Response> => Response.json({ keys: [await published(first.publicKey)] }),
  };
  const events: TelemetryEvent[] = [];
  const guard = new Guard({
    tenantId,
    clientId,
    clock: () => state.seconds * 1000,
    fetch: () => {
      state.fetches++;
      return state.answer();
    },
    telemetry: { observe: (event) => void events.push(event) },
    ...options,
  });
  const judge = async (bearer: string) => {
    const judgement = await guard.judge(`Bearer ${bearer}`, role);
    return judgement.refusal ? `${judgement.refusal.status} ${judgement.code}` : "admitted";
  };
  /** Waits until no fetch is in progress. */
  const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  return { state, events, guard, judge, settled };
}

const unavailable = () => Promise.reject(new TypeError("fetch failed"));

describe("the signing keys of a guard", () => {
  it("are fetched only once for many waiting requests", async () => {
    const { state, judge } = await guarded();
    const bearer = await token(first.privateKey);
    const judged = await Promise.all(Array.from({ length: 50 }, () => judge(bearer)));
    expect([new Set(judged), state.fetches]).toEqual([new Set(["admitted"]), 1]);
  });

  it("are not fetched again for five seconds after a failure, in which all requests get a 503", async () => {
    const { state, judge } = await guarded();
    const works = state.answer;
    state.answer = unavailable;
    const bearer = await token(first.privateKey);
    const judged = await Promise.all(Array.from({ length: 50 }, () => judge(bearer)));
    expect([new Set(judged), state.fetches]).toEqual([new Set(["503 keys_unavailable"]), 1]);
    state.answer = works;
    state.seconds += 4;
    expect([await judge(bearer), state.fetches]).toEqual(["503 keys_unavailable", 1]);
    state.seconds += 1;
    expect([await judge(bearer), state.fetches]).toEqual(["admitted", 2]);
  });

  it("stay in use for a day while the endpoint is unavailable, and are fetched in the background", async () => {
    const { state, judge, settled } = await guarded({ verifiedTokens: 0 });
    const bearer = await token(first.privateKey);
    expect(await judge(bearer)).toBe("admitted");
    state.answer = unavailable;
    for (let minute = 0; minute < 20; minute++) {
      state.seconds += 60;
      expect(await judge(bearer)).toBe("admitted");
      await settled();
    }
    // The first fetch, and one per minute from minute 10 on.
    expect(state.fetches).toBe(12);
    state.seconds += 86_400;
    expect(await judge(bearer)).toBe("503 keys_unavailable");
  });

  it("are updated while they rotate, and verify a remembered token again", async () => {
    const { state, judge, settled } = await guarded();
    const [old, next] = [await token(first.privateKey, "one"), await token(second.privateKey, "two")];
    expect(await judge(old)).toBe("admitted");
    state.answer = async () => Response.json({ keys: [await published(second.publicKey, "two")] });
    expect(await judge(next)).toBe("401 key_unknown");
    state.seconds += 31;
    expect(await judge(next)).toBe("admitted");
    expect(await judge(old)).toBe("401 key_unknown");
    // Another key with the same id replaces the key.
    state.answer = async () => Response.json({ keys: [await published(first.publicKey, "two")] });
    state.seconds += 601;
    expect(await judge(next)).toBe("admitted");
    await settled();
    while (state.fetches < 3) await settled();
    await settled();
    expect(await judge(next)).toBe("401 signature_invalid");
  });

  it("can have the same id, and then both are tried", async () => {
    const { state, judge } = await guarded();
    state.answer = async () =>
      Response.json({ keys: [await published(first.publicKey), await published(second.publicKey)] });
    const third = newKeyPair();
    expect([
      await judge(await token(first.privateKey)),
      await judge(await token(second.privateKey)),
      await judge(await token(third.privateKey)),
    ]).toEqual(["admitted", "admitted", "401 signature_invalid"]);
  });

  it("of other types are ignored", async () => {
    const { state, judge } = await guarded();
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    const encrypting = { ...(await published(second.publicKey)), use: "enc" };
    state.answer = async () =>
      Response.json({ keys: [await published(ec), encrypting, await published(first.publicKey)] });
    expect(await judge(await token(first.privateKey))).toBe("admitted");
    expect(await judge(await token(second.privateKey))).toBe("401 signature_invalid");
  });

  const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
  it.each<[string, () => Promise<Response>]>([
    ["an empty set", async () => Response.json({ keys: [] })],
    ["no set", async () => Response.json({})],
    ["null", async () => Response.json(null)],
    ["a set that is not a list", async () => Response.json({ keys: { length: 1 } })],
    ["a list of values that are not keys", async () => Response.json({ keys: [null] })],
    ["a key without an id", async () => Response.json({ keys: [await exportJWK(first.publicKey)] })],
    ["a key without its modulus", async () => Response.json({ keys: [{ kty: "RSA", kid: "one", e: "AQAB" }] })],
    ["a key that is too short", async () => Response.json({ keys: [await published(short.publicKey)] })],
    ["only keys of another type", async () => Response.json({ keys: [{ kty: "EC", kid: "one" }] })],
    ["text that is not JSON", async () => new Response("<html>")],
    ["an error", async () => Response.json({ keys: [await published(first.publicKey)] }, { status: 500 })],
    ["an answer that never ends", () => new Promise(() => {})],
    [
      "an exception",
      () => {
        throw new Error("broken");
      },
    ],
  ])("are not replaced if the answer is %s: the guard answers 503, or uses the known keys", async (_what, answer) => {
    const { state, judge } = await guarded({ keysTimeout: 0.05 });
    const works = state.answer;
    state.answer = answer;
    const bearer = await token(first.privateKey);
    expect(await judge(bearer)).toBe("503 keys_unavailable");
    state.answer = works;
    state.seconds += 5;
    expect(await judge(bearer)).toBe("admitted");
    state.answer = answer;
    state.seconds += 700;
    expect(await judge(bearer)).toBe("admitted");
  });

  it("refuse a remembered token before and after its validity, and its roles cannot be changed", async () => {
    const { state, guard, judge } = await guarded();
    const brief = await new SignJWT({ tid: tenantId, ver: "2.0", azp: "a", oid: "o", sub: "o", roles: ["Other"] })
      .setProtectedHeader({ typ: "JWT", alg: "RS256", kid: "one" })
      .setIssuer(`https://login.microsoftonline.com/${tenantId}/v2.0`)
      .setAudience(clientId)
      .setIssuedAt(state.seconds)
      .setNotBefore(state.seconds)
      .setExpirationTime(state.seconds + 100)
      .sign(first.privateKey);
    const judgement = await guard.judge(`Bearer ${brief}`, "Other");
    expect(judgement).toEqual({ client: { clientId: "a", objectId: "o", roles: ["Other"] } });
    if (!judgement.refusal) expect(() => Object.assign(judgement.client.roles, [role])).toThrow(TypeError);
    expect(await judge(brief)).toBe("403 role_missing");
    state.seconds += 161;
    expect(await judge(brief)).toBe("401 token_expired");
    state.seconds -= 300;
    expect(await judge(brief)).toBe("401 token_not_yet_valid");
  });

  it("and tokens are not shown if code prints the guard", async () => {
    const { guard, judge, events } = await guarded();
    const bearer = await token(first.privateKey);
    await judge(bearer);
    await judge(`${bearer}x`);
    const all = { guard, events, judged: await guard.judge(`Bearer ${bearer}`, "Other") };
    const shown = `${inspect(all, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true })}${JSON.stringify(all)}`;
    expect(shown).toContain("guard: Guard {}");
    for (const part of [bearer, ...bearer.split(".")]) expect(shown).not.toContain(part);
  });
});

describe("the options of a guard", () => {
  it.each<[Partial<GuardOptions>, string]>([
    [{ authority: "http://login.microsoftonline.com" }, 'the authority is "http://login.microsoftonline.com"'],
    [{ authority: "https://login.microsoftonline.com/common" }, "the authority is"],
    [{ authority: "https://user@login.microsoftonline.com" }, "the authority is"],
    [{ authority: "login.microsoftonline.com" }, "the authority is"],
    [{ tenantId: "common" }, 'tenantId is "common"; allowed: a GUID'],
    [{ clientId: "api://inventory" }, 'clientId is "api://inventory"; allowed: a GUID'],
  ])("%j are refused", (options, message) => {
    expect(() => new Guard({ tenantId, clientId, ...options })).toThrow(message);
  });

  it.each<[Partial<GuardOptions>, string]>([
    [{ clockTolerance: Number.NaN }, "clockTolerance is NaN; allowed: a number from 0 to 31536000"],
    [{ clockTolerance: Number.POSITIVE_INFINITY }, "clockTolerance is Infinity; allowed: a number from 0 to 31536000"],
    [{ keysMaxStale: -1 }, "keysMaxStale is -1; allowed: a number from 0 to 31536000"],
    [{ keysTimeout: 0 }, "keysTimeout is 0; allowed: a number from 0.001 to 31536000"],
    [{ verifiedTokens: Number("many") }, "verifiedTokens is NaN; allowed: a number from 0 to 31536000"],
  ])("are refused if a number is outside its limits: %p", (options, message) => {
    expect(() => new Guard({ tenantId, clientId, ...options })).toThrow(new ConfigurationError(message));
  });

  it("accept an authority with a slash at the end, in upper case, and with the default port", async () => {
    const { judge } = await guarded({ authority: "HTTPS://Login.MicrosoftOnline.com:443/" });
    expect(await judge(await token(first.privateKey))).toBe("admitted");
  });
});
