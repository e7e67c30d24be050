import type { Verdict } from "./assumption";
import { errorOf } from "./lab";
import type { Answer } from "./wire";

/** Whether a tenant refused because it has no licence for what was asked. */
export const licenceMissing = (answer: Answer): boolean =>
  /AadPremiumLicenseRequired|RequestFromNonPremiumTenant/.test(errorOf(answer));

export const notLicensed = (answer: Answer): Verdict => ({ result: "inconclusive", evidence: errorOf(answer) });
