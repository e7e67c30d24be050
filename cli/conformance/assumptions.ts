import type { Assumption } from "./assumption";
import { addressesOfFirewall } from "./assumptions/addressesOfFirewall";
import { applicationVisible } from "./assumptions/applicationVisible";
import { assignmentVisible } from "./assumptions/assignmentVisible";
import { auditBatch } from "./assumptions/auditBatch";
import { auditorReads } from "./assumptions/auditorReads";
import { clientKnown } from "./assumptions/clientKnown";
import { creatorOwnsPrincipal } from "./assumptions/creatorOwnsPrincipal";
import { deletedCountInQuota } from "./assumptions/deletedCountInQuota";
import { disabledRoleInTokens } from "./assumptions/disabledRoleInTokens";
import { eligibleRoles } from "./assumptions/eligibleRoles";
import { federatedCredentialKnown } from "./assumptions/federatedCredentialKnown";
import { federatedCredentialVisible } from "./assumptions/federatedCredentialVisible";
import { grantInTokens } from "./assumptions/grantInTokens";
import { graphRefusals } from "./assumptions/graphRefusals";
import { groupDeletion } from "./assumptions/groupDeletion";
import { keyVaultRefusals } from "./assumptions/keyVaultRefusals";
import { ownerAddsOwner } from "./assumptions/ownerAddsOwner";
import { ownerAssigns } from "./assumptions/ownerAssigns";
import { principalVisible } from "./assumptions/principalVisible";
import { purgeOfOwned } from "./assumptions/purgeOfOwned";
import { rbacByDefault } from "./assumptions/rbacByDefault";
import { removedHidden } from "./assumptions/removedHidden";
import { resourceManagerRefusals } from "./assumptions/resourceManagerRefusals";
import { revocationInTokens } from "./assumptions/revocationInTokens";
import { roleOnPrincipal } from "./assumptions/roleOnPrincipal";
import { rolesThatDifferInCase } from "./assumptions/rolesThatDifferInCase";
import { roleValueInTokens } from "./assumptions/roleValueInTokens";
import { scopeByClientId } from "./assumptions/scopeByClientId";
import { secretAccepted } from "./assumptions/secretAccepted";
import { secretVisible } from "./assumptions/secretVisible";
import { signInLog } from "./assumptions/signInLog";
import { staleReads } from "./assumptions/staleReads";
import { tagFilter } from "./assumptions/tagFilter";
import { textsOfErrors } from "./assumptions/textsOfErrors";
import { tokenRefusals } from "./assumptions/tokenRefusals";
import { uriWithTenantId } from "./assumptions/uriWithTenantId";
import { vaultVersionsServed } from "./assumptions/vaultVersionsServed";

/** All assumptions that a run examines, by id. docs/conformance.md has the same table. */
export const assumptions: readonly Assumption[] = [
  scopeByClientId,
  ownerAssigns,
  ownerAddsOwner,
  tagFilter,
  applicationVisible,
  principalVisible,
  assignmentVisible,
  secretAccepted,
  clientKnown,
  federatedCredentialKnown,
  grantInTokens,
  revocationInTokens,
  staleReads,
  roleOnPrincipal,
  removedHidden,
  rolesThatDifferInCase,
  roleValueInTokens,
  creatorOwnsPrincipal,
  purgeOfOwned,
  deletedCountInQuota,
  uriWithTenantId,
  tokenRefusals,
  graphRefusals,
  addressesOfFirewall,
  vaultVersionsServed,
  rbacByDefault,
  groupDeletion,
  resourceManagerRefusals,
  keyVaultRefusals,
  secretVisible,
  federatedCredentialVisible,
  disabledRoleInTokens,
  textsOfErrors,
  signInLog,
  auditorReads,
  auditBatch,
  eligibleRoles,
];

/** The table of docs/conformance.md. */
export const assumptionTable = (): string =>
  [
    "| id | what is assumed | where the project relies on it | what the run does |",
    "| --- | --- | --- | --- |",
    ...assumptions.map(({ id, sentence, reliesOn, how }) => `| ${[id, sentence, reliesOn, how].join(" | ")} |`),
  ].join("\n");
