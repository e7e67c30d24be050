import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { accessModelOf } from "@microservice-identities/review/accessModel";
import { microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";

/** The managed identities of a bootstrap that create registrations. They deploy, and own what they create. */
export function deployersIn(bootstrap: readonly EvaluatedResource[]): string[] {
  const { grants, identities } = accessModelOf(bootstrap);
  const creating = grants.filter(
    ({ api, role }) => api === microsoftApiNamed(microsoftGraph) && role === "Application.ReadWrite.OwnedBy",
  );
  return [...new Set(creating.map(({ caller }) => caller).filter((caller) => identities.includes(caller)))];
}
