import type { TenantReader } from "../adoption/tenant";
import { type Check, deployWithRefresh } from "./examination";

type Json = Record<string, unknown>;

/** Whether the registration and its service principal exist and are enabled. */
export const registration: Check = {
  what: "the registration",
  needs: "Application.Read.All in Microsoft Graph",
  async examine(patient, tenant) {
    const { service, entry } = patient;
    const { clientId } = entry;
    if (!(await applicationOf(tenant, clientId)))
      return {
        wrong: `${service} has no registration: no application of the tenant has the client id ${clientId}`,
        mend: [
          "Within 30 days, restore it in the Entra admin center (App registrations, Deleted applications); then:",
          deployWithRefresh(patient),
        ],
      };
    const principal = await principalOf(tenant, clientId);
    if (!principal)
      return { wrong: `the registration of ${service} has no service principal`, mend: [deployWithRefresh(patient)] };
    if (principal.accountEnabled === false)
      return {
        wrong: `the service principal of ${service} is disabled (AADSTS7000112): somebody has cut it off`,
        mend: ["When it is safe:", `az ad sp update --id ${clientId} --set accountEnabled=true`],
      };
    return undefined;
  },
};

export const applicationOf = (tenant: TenantReader, clientId: string): Promise<Json | undefined> =>
  firstOf(tenant, "applications", clientId);

export const principalOf = (tenant: TenantReader, clientId: string): Promise<Json | undefined> =>
  firstOf(tenant, "servicePrincipals", clientId);

const firstOf = async (tenant: TenantReader, list: string, clientId: string): Promise<Json | undefined> =>
  (await tenant.list(`${list}?$filter=${encodeURIComponent(`appId eq '${clientId}'`)}`))[0];
