import { kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { type Outcome, outcome } from "./outcome";
import type { Survey } from "./survey";

/**
 * Resources that the deployment would replace because their region changes. The program refuses that too, but it knows the
 * region only of a deployment that has succeeded.
 */
export function checkLocations(survey: Survey): Outcome {
  const resources = ["ResourceGroup", "UserAssignedIdentity", "Vault"].flatMap((kind) => survey.wanted(kind));
  return outcome({
    findings: resources.flatMap((resource) => {
      const deployed = survey.stateOf(resource)?.outputs.location;
      const wanted = resource.properties.location;
      if (typeof deployed !== "string" || plain(deployed) === plain(`${wanted}`)) return [];
      return [
        {
          place: `${kindOf(resource)} ${nameOf(resource.urn)}`,
          value: `location ${wanted}`,
          limit: `${deployed}, where it is`,
          consequence:
            "It is deleted with everything in it before it is created again, and Azure refuses a vault while a deleted one reserves the name.",
          remedy: "Set location back; or destroy the stack, if no service needs it yet, and deploy it again.",
        },
      ];
    }),
  });
}

/** Azure shows a region by its name or by its display name. */
const plain = (location: string): string => location.toLowerCase().replaceAll(" ", "");
