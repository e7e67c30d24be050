import { isDeepStrictEqual } from "node:util";
import {
  type ConsentCondition,
  consentPolicy,
  excludedConsent,
  includedConsent,
} from "@microservice-identities/well-known/consentPolicy";
import { microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import type { TenantEditor } from "../adoption/tenant";

type Json = Record<string, unknown>;

/** A request that changes the policy. */
export interface PolicyChange {
  /** For example `+ excludes Microsoft Graph`. */
  readonly what: string;
  readonly method: "POST" | "DELETE";
  readonly path: string;
  readonly body?: Json;
}

const policies = "policies/permissionGrantPolicies";

/** The requests that make the tenant's policy as declared; none if it is. */
export async function changesOfConsentPolicy(tenant: Pick<TenantEditor, "object" | "list">): Promise<PolicyChange[]> {
  const exists = (await tenant.object(`${policies}/${consentPolicy.id}`)) !== undefined;
  const conditions = async (side: "includes" | "excludes", wanted: readonly ConsentCondition[]) => {
    const path = `${policies}/${consentPolicy.id}/${side}`;
    const present = exists ? await tenant.list(path) : [];
    const isIn = (one: object, others: readonly object[]) =>
      others.some((other) => isDeepStrictEqual(meaningOf(one), meaningOf(other)));
    return {
      added: wanted
        .filter((condition) => !isIn(condition, present))
        .map(
          (condition): PolicyChange => ({
            what: `+ ${side} ${textOf(condition)}`,
            method: "POST",
            path,
            body: { ...condition },
          }),
        ),
      removed: present
        .filter((set) => !isIn(set, wanted))
        .map(
          (set): PolicyChange => ({
            what: `- ${side} ${textOf(set)}`,
            method: "DELETE",
            path: `${path}/${set.id}`,
          }),
        ),
    };
  };
  const [includes, excludes] = [
    await conditions("includes", includedConsent),
    await conditions("excludes", excludedConsent),
  ];
  const created: PolicyChange[] = exists
    ? []
    : [{ what: `+ policy ${consentPolicy.id}`, method: "POST", path: policies, body: { ...consentPolicy } }];
  // In this order, the policy never allows more than the old and the new one together.
  return [...created, ...excludes.added, ...includes.removed, ...includes.added, ...excludes.removed];
}

/** The conditions that restrict: a condition that is absent, null or "any" does not. */
const meaningOf = (set: object): Json =>
  Object.fromEntries(
    Object.entries(set).filter(
      ([key, value]) =>
        key !== "id" &&
        !key.startsWith("@") &&
        !(value === null || value === false || value === "all" || value === "any") &&
        !isDeepStrictEqual(value, ["all"]),
    ),
  );

function textOf(set: object): string {
  const { permissionType, resourceApplication, ...more } = meaningOf(set);
  const api =
    resourceApplication === undefined
      ? "any API"
      : (microsoftApiNamed(resourceApplication) ?? `the API ${resourceApplication}`);
  const others = Object.keys(more).length > 0 ? `, ${JSON.stringify(more)}` : "";
  return `${permissionType} permissions of ${api}${others}`;
}
