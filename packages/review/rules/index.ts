import type { Rule } from "../rule";
import { avoidableSecret } from "./avoidableSecret";
import { broadDeployer } from "./broadDeployer";
import { coveredRole } from "./coveredRole";
import { delegatedScope } from "./delegatedScope";
import { endedGrant } from "./endedGrant";
import { environmentGap } from "./environmentGap";
import { expiredCredential } from "./expiredCredential";
import { farReach } from "./farReach";
import { foreignTenants } from "./foreignTenants";
import { longCertificate } from "./longCertificate";
import { longSecret } from "./longSecret";
import { manyCredentials } from "./manyCredentials";
import { mixedCredentials } from "./mixedCredentials";
import { oldTokens } from "./oldTokens";
import { openApi } from "./openApi";
import { openNetwork } from "./openNetwork";
import { outsidePrincipal } from "./outsidePrincipal";
import { privilegedGraph } from "./privilegedGraph";
import { purgeableVault } from "./purgeableVault";
import { sharedVault } from "./sharedVault";
import { shortRetention } from "./shortRetention";
import { uncalledApi } from "./uncalledApi";
import { undeclaredRole } from "./undeclaredRole";
import { unexplainedGrant } from "./unexplainedGrant";
import { ungrantedRequest } from "./ungrantedRequest";
import { unknownReader } from "./unknownReader";
import { unrequestedGrant } from "./unrequestedGrant";
import { unstatedAuthorization } from "./unstatedAuthorization";
import { unusedRole } from "./unusedRole";
import { userRole } from "./userRole";
import { vaultRights } from "./vaultRights";

/** All of them, one a file. */
export const rules: readonly Rule[] = [
  avoidableSecret,
  broadDeployer,
  coveredRole,
  delegatedScope,
  endedGrant,
  environmentGap,
  expiredCredential,
  farReach,
  foreignTenants,
  longCertificate,
  longSecret,
  manyCredentials,
  mixedCredentials,
  oldTokens,
  openApi,
  openNetwork,
  outsidePrincipal,
  privilegedGraph,
  purgeableVault,
  sharedVault,
  shortRetention,
  uncalledApi,
  undeclaredRole,
  unexplainedGrant,
  ungrantedRequest,
  unknownReader,
  unrequestedGrant,
  unstatedAuthorization,
  unusedRole,
  userRole,
  vaultRights,
];
