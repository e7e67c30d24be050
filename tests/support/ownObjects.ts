import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";

/** The objects in Entra that deployments have created, without the deployer and without Entra's own objects. */
export function ownObjects({ tenant, deployer }: LocalAzure) {
  const applications = [...tenant.applications.values()].filter(({ appId }) => appId !== deployer.ARM_CLIENT_ID);
  const principals = applications.flatMap(({ appId }) => tenant.servicePrincipalOf(appId) ?? []);
  return {
    applications,
    principals,
    assignments: principals.flatMap(({ id }) => tenant.assignmentsOf(id)),
    passwords: applications.flatMap(({ passwordCredentials }) => passwordCredentials),
  };
}
