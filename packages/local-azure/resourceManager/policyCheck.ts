import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Policies, Policy } from "../policies/policies";
import { ArmError } from "./armError";
import type { Subscription } from "./subscription";

/**
 * Refuses resources that a policy denies. As in Azure, the caller's rights are checked first. Only PUT requests are checked, because
 * the providers write with PUT.
 * https://learn.microsoft.com/azure/governance/policy/concepts/effect-deny
 */
export function policyCheck(
  app: Pick<FastifyInstance, "addHook">,
  subscription: Subscription,
  policies: Policies,
  mayWrite: (request: FastifyRequest, action: string) => boolean,
): void {
  app.addHook("preHandler", async (request) => {
    const resource = resourceIn(request);
    if (request.method !== "PUT" || !resource || !mayWrite(request, `${resource.type}/write`)) return;
    const [denying, ...others] = policies.denying(resource);
    if (denying) throw new DisallowedByPolicy(resource.name, [denying, ...others], subscription.path);
  });
}

/** The resource that a PUT or PATCH writes. In its path, types and names alternate after the provider. */
export function resourceIn({ url, body }: Pick<FastifyRequest, "url" | "body">) {
  const [path = ""] = url.split("?");
  const written = (body ?? {}) as { location?: unknown; tags?: unknown; properties?: unknown };
  const [, group] = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)$/i.exec(path) ?? [];
  if (group !== undefined)
    return { ...written, type: "Microsoft.Resources/subscriptions/resourceGroups", name: decodeURIComponent(group) };
  const [, provided] = /^.*\/providers\/(.+)$/i.exec(path) ?? [];
  if (provided === undefined) return undefined;
  const [provider = "", ...rest] = provided.split("/");
  const types = rest.filter((_, index) => index % 2 === 0);
  return { ...written, type: [provider, ...types].join("/"), name: decodeURIComponent(rest.at(-1) ?? "") };
}

/** https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-policy-requestdisallowedbypolicy */
class DisallowedByPolicy extends ArmError {
  constructor(
    private readonly resource: string,
    private readonly policies: readonly Policy[],
    private readonly scope: string,
  ) {
    super(403, "RequestDisallowedByPolicy", "");
    const identifiers = policies.map((policy) => ({
      policyAssignment: { name: policy.displayName, id: this.assignmentId(policy) },
      policyDefinition: { name: policy.displayName, id: this.definitionId(policy) },
    }));
    this.message = `Resource '${resource}' was disallowed by policy. Policy identifiers: '${JSON.stringify(identifiers)}'.`;
  }

  override body(): Record<string, unknown> {
    const { code, message, resource: target } = this;
    const additionalInfo = this.policies.map((policy) => ({
      type: "PolicyViolation",
      info: {
        policyDefinitionDisplayName: policy.displayName,
        policyDefinitionEffect: "Deny",
        policyDefinitionId: this.definitionId(policy),
        policyDefinitionName: policy.name,
        policyAssignmentId: this.assignmentId(policy),
        policyAssignmentName: policy.name,
        policyAssignmentDisplayName: policy.displayName,
        policyAssignmentScope: this.scope,
      },
    }));
    return { error: { code, target, message, additionalInfo } };
  }

  private assignmentId = ({ name }: Policy): string =>
    `${this.scope}/providers/Microsoft.Authorization/policyAssignments/${name}`;

  private definitionId = ({ name }: Policy): string =>
    `${this.scope}/providers/Microsoft.Authorization/policyDefinitions/${name}`;
}
