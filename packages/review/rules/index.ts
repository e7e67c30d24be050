import type { Rule } from "../rule";
import { avoidableSecret } from "./avoidableSecret";
import { broadDeployer } from "./broadDeployer";
import { changedTools } from "./changedTools";
import { copiedSecret } from "./copiedSecret";
import { coveredRole } from "./coveredRole";
import { delegatedGrant } from "./delegatedGrant";
import { delegatedScope } from "./delegatedScope";
import { directoryRole } from "./directoryRole";
import { endedGrant } from "./endedGrant";
import { environmentGap } from "./environmentGap";
import { expiredCredential } from "./expiredCredential";
import { farReach } from "./farReach";
import { foreignOwner } from "./foreignOwner";
import { foreignTenants } from "./foreignTenants";
import { groupMember } from "./groupMember";
import { handedOver } from "./handedOver";
import { ignoredChange } from "./ignoredChange";
import { leftProduction } from "./leftProduction";
import { longCertificate } from "./longCertificate";
import { longSecret } from "./longSecret";
import { loosenedProtection } from "./loosenedProtection";
import { loosenedSetting } from "./loosenedSetting";
import { manyCredentials } from "./manyCredentials";
import { mixedCredentials } from "./mixedCredentials";
import { newPackage } from "./newPackage";
import { notJudged } from "./notJudged";
import { oddFile } from "./oddFile";
import { oldTokens } from "./oldTokens";
import { openApi } from "./openApi";
import { openedPath } from "./openedPath";
import { openNetwork } from "./openNetwork";
import { otherProvider } from "./otherProvider";
import { outsideApi } from "./outsideApi";
import { outsideApplication } from "./outsideApplication";
import { outsideInput } from "./outsideInput";
import { outsideObject } from "./outsideObject";
import { outsidePrincipal } from "./outsidePrincipal";
import { outsideTrust } from "./outsideTrust";
import { packageSource } from "./packageSource";
import { plainSecret } from "./plainSecret";
import { pluginSource } from "./pluginSource";
import { powerfulRole } from "./powerfulRole";
import { privilegedApi } from "./privilegedApi";
import { privilegedGraph } from "./privilegedGraph";
import { prolongedGrant } from "./prolongedGrant";
import { publicClient } from "./publicClient";
import { purgeableVault } from "./purgeableVault";
import { requestedScope } from "./requestedScope";
import { retiredApiVersion } from "./retiredApiVersion";
import { sharedName } from "./sharedName";
import { sharedVault } from "./sharedVault";
import { shortRetention } from "./shortRetention";
import { takenOver } from "./takenOver";
import { templateReader } from "./templateReader";
import { uncalledApi } from "./uncalledApi";
import { undeclaredRole } from "./undeclaredRole";
import { unexplainedGrant } from "./unexplainedGrant";
import { ungrantedRequest } from "./ungrantedRequest";
import { unjudgedChange } from "./unjudgedChange";
import { unknownReader } from "./unknownReader";
import { unknownValue } from "./unknownValue";
import { unrequestedGrant } from "./unrequestedGrant";
import { unstatedAuthorization } from "./unstatedAuthorization";
import { unusedGrant } from "./unusedGrant";
import { unusedRole } from "./unusedRole";
import { userRole } from "./userRole";
import { vaultRights } from "./vaultRights";
import { widerPermission } from "./widerPermission";
import { withoutEntra } from "./withoutEntra";

/** All rules, each in its own file. */
export const rules: readonly Rule[] = [
  avoidableSecret,
  broadDeployer,
  changedTools,
  copiedSecret,
  coveredRole,
  delegatedGrant,
  delegatedScope,
  directoryRole,
  endedGrant,
  environmentGap,
  expiredCredential,
  farReach,
  foreignOwner,
  foreignTenants,
  groupMember,
  handedOver,
  ignoredChange,
  leftProduction,
  longCertificate,
  longSecret,
  loosenedProtection,
  loosenedSetting,
  manyCredentials,
  mixedCredentials,
  newPackage,
  oddFile,
  notJudged,
  oldTokens,
  openApi,
  openedPath,
  openNetwork,
  otherProvider,
  outsideApi,
  outsideApplication,
  outsideInput,
  outsideObject,
  outsidePrincipal,
  outsideTrust,
  packageSource,
  plainSecret,
  pluginSource,
  powerfulRole,
  privilegedApi,
  privilegedGraph,
  prolongedGrant,
  publicClient,
  purgeableVault,
  requestedScope,
  retiredApiVersion,
  sharedName,
  sharedVault,
  shortRetention,
  takenOver,
  templateReader,
  uncalledApi,
  undeclaredRole,
  unexplainedGrant,
  ungrantedRequest,
  unjudgedChange,
  unknownReader,
  unknownValue,
  unrequestedGrant,
  unstatedAuthorization,
  unusedGrant,
  unusedRole,
  userRole,
  vaultRights,
  widerPermission,
  withoutEntra,
];
