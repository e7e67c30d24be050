import type { AuthError } from "@azure/msal-node";
import { decodeJwt } from "jose";
import type { ProvedService } from "./provedService";
import type { CallObservation } from "./report";
import { retrying } from "./retrying";
import type { TokenClients } from "./tokenClient";

/** Requests a token and uses each of the API's roles with it: exactly the roles in the token must work. */
export async function observeCall(
  caller: ProvedService,
  api: ProvedService,
  clients: TokenClients | undefined,
): Promise<CallObservation> {
  const declared = [...(caller.entry.calls[api.name] ?? [])].sort();
  const call = { caller: caller.name, api: api.name, declared };
  const { token, ...observed } = await observeToken(call, api.entry.scope, clients);
  if (token === undefined) return observed;
  const differences = [...observed.differences];
  for (const role of Object.keys(api.entry.roleIds)) {
    const status = await api.api.use(role, token);
    const [asExpected, expected] = declared.includes(role) ? [status < 300, "success"] : [status === 403, "403"];
    if (!asExpected)
      differences.push(`${caller.name} → ${api.name}: using ${role} answered ${status}, expected ${expected}`);
  }
  return { ...observed, differences };
}

/** The declaration of a call. */
export type DeclaredCall = Pick<CallObservation, "caller" | "api" | "declared">;

/** Expects a token with exactly the declared roles, or a refusal if none are declared. */
export async function observeToken(
  call: DeclaredCall,
  scope: string,
  clients: TokenClients | undefined,
): Promise<CallObservation & { readonly token?: string }> {
  const { caller, declared } = call;
  const arrow = `${caller} → ${call.api}`;
  if (!clients) {
    const differences = [`${arrow}: not tried, ${caller} could not read its credential`];
    return { ...call, got: "no credential", differences };
  }
  const answer = await askForToken(clients, scope);
  if (answer.token === undefined) {
    const asExpected = declared.length === 0 && answer.refusal === notAssigned;
    const expected = declared.length === 0 ? `expected ${notAssigned}` : `expected a token with ${declared.join(", ")}`;
    const differences = asExpected ? [] : [`${arrow}: refused with ${answer.refusal}, ${expected}${answer.reason}`];
    return { ...call, got: answer.refusal, differences };
  }
  const { roles } = decodeJwt(answer.token);
  const got = Array.isArray(roles) ? roles.map(String).sort() : [];
  const expected = declared.length === 0 ? notAssigned : declared.join(", ");
  const isAsDeclared = declared.length > 0 && got.join() === declared.join();
  const differences = isAsDeclared
    ? []
    : [`${arrow}: got a token with ${got.join(", ") || "no role"}, expected ${expected}`];
  return { ...call, got, differences, token: answer.token };
}

const notAssigned = "AADSTS501051";

/** "A transient error has occurred. Please try again." */
const transientError = "AADSTS90033";

type TokenAnswer = { token: string } | { token?: undefined; refusal: string; reason: string };

async function askForToken(newClient: TokenClients, scope: string): Promise<TokenAnswer> {
  try {
    const result = await retrying(
      () => newClient().acquireTokenByClientCredential({ scopes: [scope] }),
      (error) => [undefined, transientError].includes(codeOf(error)),
    );
    return result ? { token: result.accessToken } : { refusal: "no answer", reason: "" };
  } catch (error) {
    const { errorMessage = (error as Error).message, errorCode = "no answer" } = error as Partial<AuthError>;
    return { refusal: codeOf(error) ?? errorCode, reason: `: ${errorMessage.split(" Trace ID")[0]}` };
  }
}

const codeOf = (error: unknown): string | undefined => /AADSTS\d+/.exec((error as Error).message)?.[0];
