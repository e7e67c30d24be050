import { nameOf } from "../resources";
import { isProduction, type Rule, type VaultProperties, vaultsOf } from "../rule";

/** In production only: a vault for development may come and go. */
export const openNetwork: Rule = {
  id: "open-network",
  severity: "medium",
  rationale: "A vault that answers the whole internet is one leaked token away from anybody.",
  remedy: 'Set `networkAcls.defaultAction: "Deny"`, or disable the public network access.',
  references: ["PSRule AZR-000355", "Checkov CKV_AZURE_109", "Checkov CKV_AZURE_189"],
  check: (reviewed) =>
    (isProduction(reviewed) ? vaultsOf(reviewed.resources) : [])
      .filter(({ properties }) => {
        const { networkAcls, publicNetworkAccess } = properties.properties as VaultProperties;
        return networkAcls?.defaultAction !== "Deny" && !/^disabled$/i.test(publicNetworkAccess ?? "");
      })
      .map(({ urn }) => ({ subject: nameOf(urn), message: "answers the whole internet" })),
};
