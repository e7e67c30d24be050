import { type Assumption, verdict } from "../assumption";
import { errorOf } from "../lab";
import { askForVault, propertiesOf, resourceGroup } from "../vaults";

/** Documentation addresses of RFC 5737, and public ones. */
const accepted = ["203.0.113.7", "203.0.113.7/32", "203.0.113.8/31", "203.0.113.0/24"];
/** The settings of a stack refuse these. */
const odd = ["203.0.113.5/24", "100.64.0.1", "224.0.0.1", "10.0.0.1", "0.0.0.0/0", "2001:db8::1"];

export const addressesOfFirewall: Assumption = {
  id: "C-24",
  sentence:
    "A vault's `ipRules` accept every address that the settings of a stack accept, including ranges of /31 and /32.",
  reliesOn: "packages/validation/publicAddress.ts",
  how: "Creates a vault with each, and also with addresses that the settings refuse; reports how Azure returns each.",
  async examine(lab) {
    const group = await resourceGroup(lab);
    const seen: string[] = [];
    let isRefused = false;
    for (const value of [...accepted, ...odd]) {
      const { answer } = await askForVault(lab, group, {
        networkAcls: { defaultAction: "Deny", bypass: "None", ipRules: [{ value }] },
      });
      const isTaken = answer.status < 300;
      isRefused ||= accepted.includes(value) && !isTaken;
      seen.push(
        `${value}: ${isTaken ? `taken as ${rulesIn(propertiesOf(answer.body).networkAcls)}` : errorOf(answer)}`,
      );
    }
    return verdict(!isRefused, seen.join("; "));
  },
};

const rulesIn = (acls: unknown): string => {
  const { ipRules = [] } = (acls ?? {}) as { ipRules?: readonly { value: string }[] };
  return ipRules.map(({ value }) => value).join(", ");
};
