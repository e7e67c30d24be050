import { decodeJwt } from "jose";
import { inventoryWrite, type Registered } from "./registration";
import type { Session } from "./session";

/** Requests the caller's token for the API: refused before the consent, issued after it. @returns the token */
export async function askForToken(
  { recorder, graph, toGraph, tokenEndpoint }: Session,
  { api, caller, secret }: { readonly api: Registered; readonly caller: Registered; readonly secret: string },
): Promise<string> {
  recorder.write(
    "## 4. A token, before the consent",
    "",
    "The registration requests the role, but nobody has granted it yet, so Entra refuses:",
  );
  const request = {
    method: "POST",
    url: tokenEndpoint,
    form: {
      grant_type: "client_credentials",
      client_id: caller.clientId,
      client_secret: secret,
      scope: `api://${api.clientId}/.default`,
    },
  };
  await recorder.record(request, ["error", "error_description", "error_codes"]);
  recorder.write("The consent is an app role assignment:");
  await recorder.record(
    {
      method: "POST",
      url: `${graph}/servicePrincipals/${api.servicePrincipalId}/appRoleAssignedTo`,
      headers: toGraph,
      json: {
        principalId: caller.servicePrincipalId,
        resourceId: api.servicePrincipalId,
        appRoleId: inventoryWrite.id,
      },
    },
    ["principalDisplayName", "resourceDisplayName", "appRoleId"],
  );

  recorder.write("## 5. A token");
  const { json } = await recorder.record(request, ["token_type", "expires_in", "access_token"]);
  const token = String(json.access_token);
  const { aud, iss, azp, azpacr, oid, roles, tid, ver } = decodeJwt(token);
  recorder.write(
    "The claims that an API checks:",
    "",
    "```json",
    JSON.stringify({ aud, iss, azp, azpacr, oid, roles, tid, ver }, null, 2),
    "```",
  );
  return token;
}
