import { type EvaluatedResource, isUnknown } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { Directory, servicePrincipalReferences } from "../access/directory";
import { vaultReferences } from "../access/readers";
import { isKnown, type Reference, referencesTo } from "../references";
import { ofType, typeOf } from "../resourceType";
import type { Breach, Rule, Severity } from "../rule";
import { ofName, ofResource } from "../subject";

export const outsideObject: Rule = {
  id: "outside-object",
  severity: "high",
  rationale:
    "The resource changes an object that another stack or team creates: with a credential for it, this stack can act as that object.",
  remedy: "Let the stack that creates the object make the change, or accept the finding with a waiver.",
  check: ({ resources, model }) => {
    const directory = new Directory(resources);
    const principalAt = servicePrincipalReferences(directory.servicePrincipals);
    const identityAt = referencesTo(directory.identities, ({ properties: { name, resourceName } }) => [
      name,
      resourceName,
    ]);
    const vaultAt = vaultReferences(ofType(resources, "azure-native:keyvault:Vault"));
    // A service principal with `useExisting` is only looked up here.
    const ownPrincipalAt: Reference = (...of) => {
      const principal = principalAt(...of);
      return principal && directory.application(principal, "clientId").resource;
    };
    return [
      ...outside(ofType(resources, ...partsOfApplications), "applicationId", directory.applicationAt),
      ...outside(ofType(resources, ...partsOfPrincipals), "servicePrincipalId", ownPrincipalAt),
      ...outside(
        ofType(resources, "azure-native:managedidentity:FederatedIdentityCredential"),
        "resourceName",
        identityAt,
      ),
      ...outside(ofType(resources, "azure-native:keyvault:AccessPolicy"), "vaultName", vaultAt),
      ...outside(ofType(resources, "azure-native:keyvault:Secret"), "vaultName", vaultAt, "medium"),
      ...model.rights
        .filter(({ kind, what, at }) => kind === "sign-in" && what === "runs as" && !model.identities.includes(at))
        .map(({ resource, at }) => ({
          subject: ofName(resource),
          message: `runs as ${at}, which the stack does not create`,
          severity: "medium" as const,
        })),
    ];
  },
};

/** Each resource that refers to a known object outside the stack. Unknown ids are reported as unknown values. */
const outside = (
  parts: readonly EvaluatedResource[],
  property: string,
  at: Reference,
  severity: Severity = "high",
): Breach[] =>
  parts.flatMap((part) => {
    const object = part.properties[property];
    if (!isKnown(object) || isUnknown(object) || at(part, property)) return [];
    const kind = typeOf(part).split(":").at(-1);
    return [
      { subject: ofResource(part), message: `changes ${object}, which the stack does not create (${kind})`, severity },
    ];
  });

/** The resources that are parts of a registration. */
const partsOfApplications = [
  "azuread:ApplicationApiAccess",
  "azuread:ApplicationAppRole",
  "azuread:ApplicationCertificate",
  "azuread:ApplicationFallbackPublicClient",
  "azuread:ApplicationFederatedIdentityCredential",
  "azuread:ApplicationFlexibleFederatedIdentityCredential",
  "azuread:ApplicationIdentifierUri",
  "azuread:ApplicationOptionalClaims",
  "azuread:ApplicationOwner",
  "azuread:ApplicationPassword",
  "azuread:ApplicationPermissionScope",
  "azuread:ApplicationPreAuthorized",
  "azuread:ApplicationRedirectUris",
] as const;

const partsOfPrincipals = ["azuread:ServicePrincipalCertificate", "azuread:ServicePrincipalPassword"] as const;
