import { type Check, deploy } from "./examination";

/** Whether the tenant still lets the service have a new secret: the present one works until the next rotation. */
export const policy: Check = {
  what: "the tenant's app management policy",
  needs: "Policy.Read.All in Microsoft Graph",
  async examine(patient, tenant) {
    const { service, entry } = patient;
    if (entry.credential.kind !== "secret") return undefined;
    const { isEnabled, applicationRestrictions } = ((await tenant.object("policies/defaultAppManagementPolicy")) ??
      {}) as { isEnabled?: boolean; applicationRestrictions?: { passwordCredentials?: Restriction[] } };
    const refusal = (isEnabled ? (applicationRestrictions?.passwordCredentials ?? []) : []).find(
      ({ restrictionType, state }) => restrictionType === "passwordAddition" && state !== "disabled",
    );
    if (!refusal) return undefined;
    return {
      wrong: `the tenant refuses new client secrets: ${service} works until its secret expires on ${entry.credential.expires.slice(0, 10)}, and does not rotate`,
      mend: [
        `Set services.${service}.credential to federated in Pulumi.${patient.stack}.yaml, or have the application excepted from the policy; then:`,
        deploy(patient),
      ],
    };
  },
};

interface Restriction {
  readonly restrictionType?: string;
  readonly state?: string;
}
