import { inProduction } from "../production";
import type { Rule } from "../rule";
import { addressesIn, brokenVaults } from "../vault";

/** A /8, which is more than any company's addresses. The sum counts, because two rules of half the internet allow the whole. */
const mostAddresses = 2 ** 24;

/** Only in production: vaults for development may be short-lived. */
export const openNetwork: Rule = {
  id: "open-network",
  severity: "medium",
  rationale: "If the whole internet can reach a vault, one leaked token is enough to read its secrets.",
  remedy: 'Set `networkAcls.defaultAction: "Deny"`, or disable the public network access.',
  references: ["PSRule AZR-000355", "Checkov CKV_AZURE_109", "Checkov CKV_AZURE_189"],
  check: ({ resources }) =>
    brokenVaults(
      inProduction(resources),
      ({ networkAcls, publicNetworkAccess }) =>
        !/^disabled$/i.test(`${publicNetworkAccess ?? ""}`) &&
        (!/^deny$/i.test(`${networkAcls?.defaultAction ?? ""}`) || addressesIn(networkAcls?.ipRules) > mostAddresses),
      "can be reached from the whole internet",
    ),
};
