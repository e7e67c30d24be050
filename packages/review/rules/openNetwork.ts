import { inProduction } from "../production";
import type { Rule } from "../rule";
import { addressesIn, brokenVaults } from "../vault";

/** A /8: more than any company's way out, and two halves of the internet are the internet. */
const mostAddresses = 2 ** 24;

/** In production only: a vault for development may come and go. */
export const openNetwork: Rule = {
  id: "open-network",
  severity: "medium",
  rationale: "A vault that answers the whole internet is one leaked token away from anybody.",
  remedy: 'Set `networkAcls.defaultAction: "Deny"`, or disable the public network access.',
  references: ["PSRule AZR-000355", "Checkov CKV_AZURE_109", "Checkov CKV_AZURE_189"],
  check: ({ resources }) =>
    brokenVaults(
      inProduction(resources),
      ({ networkAcls, publicNetworkAccess }) =>
        !/^disabled$/i.test(`${publicNetworkAccess ?? ""}`) &&
        (!/^deny$/i.test(`${networkAcls?.defaultAction ?? ""}`) || addressesIn(networkAcls?.ipRules) > mostAddresses),
      "answers the whole internet",
    ),
};
