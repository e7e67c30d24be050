import { expiriesOf } from "@microservice-identities/proof/expiry";
import { counted } from "@microservice-identities/validation/counted";
import { serviceAccountSubject } from "@microservice-identities/well-known/serviceAccount";
import { type Check, type Diagnosis, deploy, deployWithRefresh, type Patient } from "./examination";
import { applicationOf } from "./registration";

type Json = Record<string, unknown>;

/** How many days overdue a rotation must be to count as a problem. */
const late = 3;

/** Checks that Entra has the service's credential, and that it rotates in time. */
export const credential: Check = {
  what: "the credential in Entra",
  needs: "Application.Read.All in Microsoft Graph",
  async examine(patient, tenant) {
    const { service, entry, now } = patient;
    const application = (await applicationOf(tenant, entry.clientId)) ?? {};
    if (entry.credential.kind === "federated") {
      const trusted = await tenant.list(`applications/${application.id}/federatedIdentityCredentials`);
      return trustIn(patient, trusted);
    }
    const { kind, keyIds } = entry.credential;
    const held = (application[kind === "secret" ? "passwordCredentials" : "keyCredentials"] ?? []) as Json[];
    const newest = held.find(({ keyId }) => keyId === keyIds.at(-1));
    if (!newest)
      return {
        wrong: `the newest ${kind} of ${service}, ${keyIds.at(-1)}, is not in its registration (AADSTS7000215): somebody has removed it`,
        mend: [deployWithRefresh(patient)],
      };
    const end = new Date(String(newest.endDateTime));
    if (end <= now)
      return {
        wrong: `the ${kind} of ${service} expired on ${end.toISOString().slice(0, 10)} (AADSTS7000222)`,
        mend: kind === "secret" ? [deploy(patient)] : ["Replace its certificate, and deploy:", deploy(patient)],
      };
    const [{ daysLate = 0 } = {}] = expiriesOf({ [service]: entry }, now);
    return daysLate > late
      ? {
          wrong: `the secret of ${service} should have rotated ${counted(daysLate, "day")} ago: the daily run does not deploy`,
          mend: [deploy(patient), "Then look at the last runs of the daily pipeline."],
        }
      : undefined;
  },
};

function trustIn(patient: Patient, trusted: readonly Json[]): Diagnosis | undefined {
  const { service, entry, authority, tenantId } = patient;
  const accounts = entry.workload?.kubernetes;
  const issuers = accounts?.map(({ issuer }) => issuer) ?? [`${authority}/${tenantId}/v2.0`];
  const [missing] = issuers.filter((issuer) => !trusted.some((each) => each.issuer === issuer));
  if (missing !== undefined)
    return {
      wrong: `the registration of ${service} trusts no token of ${missing} (AADSTS700211)`,
      mend: [deployWithRefresh(patient)],
    };
  const subjects = accounts?.map(({ namespace, serviceAccount }) => serviceAccountSubject(namespace, serviceAccount));
  const [unknown] = (subjects ?? []).filter((subject) => !trusted.some((each) => each.subject === subject));
  return unknown === undefined
    ? undefined
    : {
        wrong: `the registration of ${service} does not trust ${unknown} (AADSTS700213)`,
        mend: [deployWithRefresh(patient)],
      };
}
