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

export const unauthenticated = (problem: BearerProblem) =>
  problem === "missing"
    ? new ArmError(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
    : problem === "audience"
      ? new ArmError(
          401,
          "InvalidAuthenticationTokenAudience",
          "The access token has been obtained for wrong audience or resource.",
        )
      : problem === "expired"
        ? new ArmError(401, "ExpiredAuthenticationToken", "The access token expiry time has passed.")
        : new ArmError(401, "InvalidAuthenticationToken", "The access token is invalid.");
