import { problemList } from "../packages/validation/problems";
import { UserError } from "../packages/validation/userError";
import { defaultNames, type NameTemplates } from "./resourceNames";
import type { VaultSettings } from "./serviceVault";

/** Settings of a stack that its resources keep: Azure cannot change them in place. */
export interface FixedSettings {
  /** The Azure region, for example `westeurope`. */
  readonly location: string;
  /** The name of the landscape. */
  readonly landscape: string;
  /** The name of the stack, for example `dev`. */
  readonly environment: string;
  /** The templates of names that Azure does not change; absent in deployments from before templates existed, which used the defaults. */
  readonly names?: Readonly<Record<string, string>>;
  /** The fixed settings of the vaults; absent if the stack has no vaults. */
  readonly vaults?: {
    readonly retentionDays: number;
    readonly purgeProtection: boolean;
    /** Absent if an older deployment did not record it. */
    readonly authorization?: VaultSettings["authorization"];
  };
}

/** All settings that a deployment would have to replace resources for, and what to do instead. */
export class FixedSettingsError extends UserError {
  constructor(readonly problems: readonly string[]) {
    super(problemList("a deployed stack cannot change these settings:", problems));
  }
}

/**
 * Refuses a change that would replace what services use. Pulumi would delete the vaults together with the client secrets in
 * them, and could not create them again: a deleted vault keeps its name for up to 90 days.
 * https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
 *
 * @param before the result of the last deployment; `undefined` for the first, and after `pulumi destroy`
 * @throws FixedSettingsError with every setting that changed
 */
export function checkFixed(before: FixedSettings | undefined, now: FixedSettings): void {
  if (!before) return;
  const [were, are] = [before.vaults, now.vaults];
  const problems = [
    ...(before.location === now.location
      ? []
      : [
          `location is "${now.location}", and the stack is deployed in "${before.location}". Azure cannot move vaults or managed identities. Set it back. To move, deploy a new stack in ${now.location}, let the services run with its identities, and destroy this one; if no service needs this stack, destroy it and deploy it again`,
        ]),
    ...(before.landscape === now.landscape
      ? []
      : [
          `landscape is "${now.landscape}", and the stack is deployed as "${before.landscape}". The resource group and everything in it would be replaced. Set it back, or deploy the landscape as a new stack`,
        ]),
    ...(before.environment === now.environment
      ? []
      : [
          `the stack is called "${now.environment}", and was deployed as "${before.environment}". Names in Azure and Entra contain its name. Rename it back: pulumi stack rename ${before.environment}`,
        ]),
    ...Object.entries(now.names ?? {}).flatMap(([of, template]) => {
      const { [of]: was = defaultNames[of as keyof NameTemplates] } = before.names ?? {};
      return was === template
        ? []
        : [
            `names.${of} is "${template}", and the stack is deployed with "${was}". Azure cannot rename resources: every resource with such a name would be replaced. Set it back`,
          ];
    }),
    ...(!were || !are || were.retentionDays === are.retentionDays
      ? []
      : [
          `vault.retentionDays is ${are.retentionDays}, and the vaults were created with ${were.retentionDays}, which Azure cannot change. Set it back`,
        ]),
    ...(were?.purgeProtection && are?.purgeProtection === false
      ? ["vault.purgeProtection is false, but the vaults have it, and Azure cannot turn it off. Set it back"]
      : []),
    ...(were?.authorization === "accessPolicies" && are?.authorization === "rbac"
      ? [
          "vault.authorization is rbac, and the stack is deployed with accessPolicies: until Azure knows the new role assignments, up to ten minutes, no service could read its secret. First deploy migrating, wait ten minutes, and then deploy rbac",
        ]
      : []),
  ];
  if (problems.length > 0) throw new FixedSettingsError(problems);
}
