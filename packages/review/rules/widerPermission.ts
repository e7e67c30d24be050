import { permissionsForRequest } from "@microservice-identities/well-known/graphRequests";
import { microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import type { Grant } from "../accessModel";
import type { Breach, Rule } from "../rule";
import { keyOf, ofCall, ofGrant } from "../subject";

export const widerPermission: Rule = {
  id: "wider-permission",
  severity: "medium",
  rationale: "A permission that allows more than the service's requests need can be misused to its full extent.",
  remedy: "Grant only the permissions that the requests need, or add the missing request to `requests`.",
  references: ["https://learn.microsoft.com/graph/permissions-overview"],
  check: ({ model }) => {
    const calls = new Map<string, Grant[]>();
    for (const grant of model.grants)
      if (grant.api === microsoftApiNamed(microsoftGraph) && grant.requests)
        calls.set(keyOf(grant.caller, ...grant.requests), [
          ...(calls.get(keyOf(grant.caller, ...grant.requests)) ?? []),
          grant,
        ]);
    return [...calls.values()].flatMap((grants) => breachesOf(grants as [Grant, ...Grant[]]));
  },
};

/** @param grants the grants of one call; each may serve any of its requests */
function breachesOf(grants: readonly [Grant, ...Grant[]]): Breach[] {
  const requests = (grants[0].requests ?? []).map((request) => ({ request, enough: permissionsForRequest(request) }));
  const held = grants.map(({ role }) => role);
  const unknown = requests.filter(({ enough }) => !enough);
  const unserved = requests.filter(({ enough }) => enough && !enough.some((permission) => held.includes(permission)));
  const needed = new Map<string, string>();
  for (const { request, enough: [least] = [] } of requests) if (least && !needed.has(least)) needed.set(least, request);
  return [
    ...unknown.map(({ request }) => ({
      subject: ofCall(grants[0]),
      message: `names a request that Microsoft Graph does not publish for applications: ${request}`,
    })),
    ...unserved.map(({ request, enough: [least] = [] }) => ({
      subject: ofCall(grants[0]),
      message: `names a request that no granted permission allows: ${request} needs ${least}`,
      severity: "low" as const,
    })),
    ...grants
      .filter(({ role }) => unknown.length === 0 && !needed.has(role))
      .map((grant) => ({
        subject: ofGrant(grant),
        message: `allows more than its requests need: ${[...needed].map(([least, request]) => `${request} needs ${least}`).join(", ")}`,
      })),
  ];
}
