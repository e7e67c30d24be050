import { defaultPolicyOf, ownPolicyOf, policyRight, restrictionsFor } from "../appManagementPolicy";
import { type Check, deploy } from "./examination";
import { applicationOf } from "./registration";

/** Whether the tenant's policies allow the service a new secret. If not, the current one still works until the next rotation. */
export const policy: Check = {
  what: "the tenant's app management policy",
  needs: policyRight,
  async examine(patient, tenant) {
    const { service, entry } = patient;
    if (entry.credential.kind !== "secret") return undefined;
    const { id, displayName, createdDateTime } = (await applicationOf(tenant, entry.clientId)) ?? {};
    const { passwords } = (await ownPolicyOf(tenant, `${id}`, `${displayName}`)) ?? (await defaultPolicyOf(tenant));
    const refusal = restrictionsFor(passwords, new Date(`${createdDateTime}`)).find(
      ({ restrictionType }) => restrictionType === "passwordAddition",
    );
    if (!refusal) return undefined;
    return {
      wrong: `the tenant refuses new client secrets: ${service} works until its secret expires on ${entry.credential.expires.slice(0, 10)}, and does not rotate`,
      mend: [
        `Set services.${service}.credential to federated in Pulumi.${patient.stack}.yaml, or exclude the application from the policy; then:`,
        deploy(patient),
      ],
    };
  },
};
