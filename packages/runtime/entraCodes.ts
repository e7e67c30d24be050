/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const remedies: Readonly<Record<string, string>> = {
  AADSTS53003:
    "a Conditional Access policy blocks the service; check where it runs against the policy's locations, or have it excluded",
  AADSTS70021: "no federated identity credential matches; deploy the stack",
  AADSTS70023:
    "the pod's token is valid for more than a day; use the token that workload identity projects, not the service account's own",
  AADSTS7000112: "the application is disabled; somebody has cut the service off",
  AADSTS700024:
    "the federated token or the signed assertion has expired; check the clock, and that the token's file is renewed",
  AADSTS7000215: "the client secret is wrong; look at the newest version in the service's vault",
  AADSTS7000222: "the client secret has expired; deploy the stack, which issues a new one",
  AADSTS700016: "there is no such application in the tenant; check the client id and the tenant",
  AADSTS700027: "the certificate is not the one in the registration, or has expired",
  AADSTS700211: "no federated identity credential has this issuer; deploy the stack",
  AADSTS700213:
    "the federated identity credential has a different subject; check which managed identity or service account runs the service",
  AADSTS700231:
    "the federated token comes from another federated token; let the registration trust the cluster's issuer itself",
  AADSTS500011: "there is no such API in the tenant; check the scope",
  AADSTS501051: "the service holds no app role of the API; declare the call in the landscape, and deploy",
  AADSTS50105: "the service holds no app role of the API; declare the call in the landscape, and deploy",
  AADSTS90002: "there is no such tenant",
  AADSTS90033: "Entra is temporarily unavailable; try again",
  AADSTS90055: "Entra gets too many requests; try again later",
};

export const remedyFor = (code: string): string =>
  remedies[code] ?? `see https://login.microsoftonline.com/error?code=${code.replace("AADSTS", "")}`;

export const isTransient = (code: string): boolean => code === "AADSTS90033" || code === "AADSTS90055";

/** The secret may have been replaced since it was read. */
export const isSecretOutdated = (code: string): boolean => code === "AADSTS7000215" || code === "AADSTS7000222";

/**
 * Answers of some replicas of Entra, for up to minutes after a registration, a secret or a federated identity credential was
 * created.
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
 */
export const isPropagating = (code: string): boolean =>
  ["AADSTS70021", "AADSTS700016", "AADSTS700211", "AADSTS700213", "AADSTS7000215"].includes(code);
