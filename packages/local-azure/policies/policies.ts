import { z } from "zod";
import { condition, holds, type PolicyResource } from "./policyRule";

const policy = z.strictObject({
  /** 1 to 64 letters, digits, hyphens and dots. */
  name: z.string().regex(/^[\w.-]{1,64}$/),
  displayName: z.string().min(1).max(128),
  /** `Indexed` checks resources with a location; `All` also checks resource groups and parts of resources. Default `Indexed`. */
  mode: z.enum(["Indexed", "All"]).default("Indexed"),
  policyRule: z.strictObject({
    if: condition,
    // biome-ignore lint/suspicious/noThenProperty: the word of Azure Policy
    then: z.strictObject({ effect: z.enum(["deny", "audit", "disabled"]) }),
  }),
});

/** Policies in the language of Azure Policy: the schema of a file for `--policies`. */
export const policyFile = z.strictObject({ policies: z.array(policy) });
export type PolicyFile = z.input<typeof policyFile>;
export type Policy = z.output<typeof policy>;

/** A finding of a policy with the effect `audit`. */
export interface PolicyAudit {
  readonly policy: string;
  readonly resource: string;
}

/** The policies that are assigned to the subscription. */
export class Policies {
  /** Resources that were not denied but are not compliant. */
  readonly audits: PolicyAudit[] = [];
  private assigned: readonly Policy[] = [];

  /** @throws z.ZodError when a policy is impossible */
  set(file: PolicyFile): void {
    this.assigned = policyFile.parse(file).policies;
  }

  /** The policies that deny a requested resource. */
  denying(resource: PolicyResource): readonly Policy[] {
    const isIndexed = resource.location !== undefined && !/\/resourceGroups$/i.test(resource.type);
    const broken = this.assigned.filter(
      ({ mode, policyRule }) => (mode === "All" || isIndexed) && holds(policyRule.if, resource),
    );
    for (const { name, policyRule } of broken)
      if (policyRule.then.effect === "audit")
        this.audits.push({ policy: name, resource: `${resource.type}/${resource.name}` });
    return broken.filter(({ policyRule }) => policyRule.then.effect === "deny");
  }
}
