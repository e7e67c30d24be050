import type { Rule } from "../rule";
import { endedGrant } from "./endedGrant";
import { foreignTenants } from "./foreignTenants";
import { longSecret } from "./longSecret";
import { oldTokens } from "./oldTokens";
import { openApi } from "./openApi";
import { sharedVault } from "./sharedVault";
import { unexplainedGrant } from "./unexplainedGrant";
import { unknownReader } from "./unknownReader";
import { unusedRole } from "./unusedRole";
import { vaultRights } from "./vaultRights";

/** All of them, one a file. */
export const rules: readonly Rule[] = [
  endedGrant,
  foreignTenants,
  longSecret,
  oldTokens,
  openApi,
  sharedVault,
  unexplainedGrant,
  unknownReader,
  unusedRole,
  vaultRights,
];
