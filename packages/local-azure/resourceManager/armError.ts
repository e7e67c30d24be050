import type { BearerProblem } from "../bearer";

/** An error as Azure Resource Manager writes it. */
export class ArmError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  /** As recorded, Resource Manager marks refusals of its own, but not those of a resource provider. */
  get headers(): Record<string, string> {
    return gatewayCodes.includes(this.code) ? { "x-ms-failure-cause": "gateway" } : {};
  }

  body(): Record<string, unknown> {
    return { error: { code: this.code, message: this.message } };
  }
}

const gatewayCodes = ["AuthorizationFailed", "ResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound"];

export const badRequest = (code: string, message: string) => new ArmError(400, code, message);

export const resourceNotFound = (id: string) =>
  new ArmError(404, "ResourceNotFound", `The Resource '${id}' was not found.`);

export const invalidName = (name: string, rule: string) =>
  badRequest("InvalidResourceName", `The resource name '${name}' is invalid: ${rule}.`);

export const principalNotFound = (principalId: string, tenantId: string) =>
  badRequest("PrincipalNotFound", `Principal ${principalId} does not exist in the directory ${tenantId}.`);

export function unauthenticated(problem: BearerProblem): ArmError {
  const refused = (code: string, message: string) => new ArmError(401, code, message);
  if (typeof problem === "object")
    return refused(
      "InvalidAuthenticationTokenTenant",
      `The access token is from the wrong issuer '${problem.found}'. It must match the tenant '${problem.expected}' associated with this subscription.`,
    );
  switch (problem) {
    case "missing":
      return refused("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
    case "audience":
      return refused(
        "InvalidAuthenticationTokenAudience",
        "The access token has been obtained for wrong audience or resource.",
      );
    case "expired":
      return refused("ExpiredAuthenticationToken", "The access token expiry time has passed.");
    default:
      return refused("InvalidAuthenticationToken", "The access token is invalid.");
  }
}
