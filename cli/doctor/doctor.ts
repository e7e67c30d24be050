import { TenantError, type TenantReader } from "../adoption/tenant";
import { credential } from "./credential";
import { type Check, type Diagnosis, type Patient, Unseen } from "./examination";
import { grants } from "./grants";
import { policy } from "./policy";
import { registration } from "./registration";
import { signIn } from "./signIn";
import { vault } from "./vault";

/** Ordered by dependency: an earlier problem explains later ones. */
export const checks: readonly Check[] = [registration, credential, grants, vault, policy, signIn];

export interface Examination {
  /** The passed checks. */
  readonly sound: readonly string[];
  readonly diagnosis?: Diagnosis;
  /** The checks that were impossible, and why. */
  readonly unseen: readonly string[];
}

/** Runs the checks in order, up to the first problem. */
export async function examine(
  patient: Patient,
  tenant: TenantReader | TenantError,
  order: readonly Check[] = checks,
): Promise<Examination> {
  const sound: string[] = [];
  const unseen: string[] = [];
  for (const check of order) {
    try {
      if (check.needs !== undefined && tenant instanceof TenantError) throw tenant;
      const diagnosis = await check.examine(patient, tenant as TenantReader);
      if (diagnosis) return { sound, unseen, diagnosis };
      sound.push(check.what);
    } catch (error) {
      if (!(error instanceof TenantError || error instanceof Unseen)) throw error;
      const isRefused = error instanceof TenantError && error.status === 403;
      unseen.push(`${check.what}: ${isRefused ? `needs ${check.needs}` : error.message}`);
    }
  }
  return { sound, unseen };
}

/** 0: no problem; 1: a problem; 2: no problem, but a check was impossible. */
export const exitCodeFor = ({ diagnosis, unseen }: Examination): 0 | 1 | 2 =>
  diagnosis ? 1 : unseen.length > 0 ? 2 : 0;

export function examinationText({ sound, unseen, diagnosis }: Examination, service: string): string {
  return [
    ...sound.map((what) => `  passed       ${what}`),
    ...unseen.map((what) => `  not checked  ${what}`),
    "",
    ...(diagnosis
      ? [`PROBLEM: ${diagnosis.wrong}`, "", "To correct it:", ...diagnosis.mend.map((line) => `  ${line}`)]
      : [
          unseen.length > 0
            ? `No problem was found, but not everything about ${service} could be checked.`
            : `Nothing is wrong with ${service}: it signs in from here, and gets a token for each of its calls.`,
        ]),
  ].join("\n");
}
