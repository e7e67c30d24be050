import { createHash, X509Certificate } from "node:crypto";
import { type EvaluatedResource, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { isoDay } from "@microservice-identities/validation/days";
import { isoDate } from "@microservice-identities/validation/formats";
import { normalizedId } from "@microservice-identities/well-known/ids";
import type { ServiceCredential } from "../accessModel";
import { isKnown } from "../references";
import { ofType, typeOf } from "../resourceType";
import { type Directory, type Party, servicePrincipalReferences } from "./directory";
import type { Unknowns } from "./unknowns";
import { valueText } from "./valueText";

const kinds: Readonly<Record<string, ServiceCredential["kind"]>> = {
  "azuread:ApplicationPassword": "secret",
  "azuread:ServicePrincipalPassword": "secret",
  "azuread:ApplicationCertificate": "certificate",
  "azuread:ServicePrincipalCertificate": "certificate",
  "azuread:ApplicationFederatedIdentityCredential": "federated",
  "azuread:ApplicationFlexibleFederatedIdentityCredential": "federated",
};

/** The credentials of services: separate resources of the registration or service principal, or part of the application resource. */
export function credentialsIn(
  resources: readonly EvaluatedResource[],
  directory: Directory,
  unknowns: Unknowns,
): readonly ServiceCredential[] {
  const principalAt = servicePrincipalReferences(directory.servicePrincipals);
  const ownerOf = (credential: EvaluatedResource): Party => {
    if (!typeOf(credential).startsWith("azuread:ServicePrincipal")) return directory.service(credential);
    const principal = principalAt(credential, "servicePrincipalId");
    return principal
      ? directory.application(principal, "clientId")
      : directory.service(credential, "servicePrincipalId");
  };
  const separate = ofType(resources, ...Object.keys(kinds)).map((credential): ServiceCredential => {
    const owner = ownerOf(credential);
    unknowns.addParty(credential, "applicationId", owner);
    return {
      service: owner.name,
      kind: kinds[typeOf(credential)] ?? "secret",
      name: nameOf(credential.urn),
      ...endOf(credential.properties.endDate ?? certificateIn(credential)?.validTo),
      ...keyOf(credential),
      ...trustOf(credential, directory, unknowns),
    };
  });
  const inline = directory.applications
    .filter(({ properties: { password } }) => password !== undefined && password !== null)
    .map(
      (application): ServiceCredential => ({
        service: directory.nameOf(application),
        kind: "secret",
        name: `${nameOf(application.urn)} password`,
        ...endOf((application.properties.password as { endDate?: unknown }).endDate),
      }),
    );
  return [...separate, ...inline];
}

/**
 * The day in UTC on which a credential ends, from a day or RFC 3339. Everything else counts as no end, because it is not known how
 * a provider reads it. https://datatracker.ietf.org/doc/html/rfc3339#section-5.6
 */
function endOf(endDate: unknown): { ends?: string } {
  const [, day] = (typeof endDate === "string" && moment.exec(endDate)) || [];
  const isReal = day !== undefined && isoDate.accepts(day) && !Number.isNaN(Date.parse(`${endDate}`));
  return isReal ? { ends: isoDay(`${endDate}`) } : {};
}

const moment = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/;

const isCertificate = (credential: EvaluatedResource): boolean => kinds[typeOf(credential)] === "certificate";

/** A credential without an end of its own expires with its certificate; `undefined` if the certificate cannot be read. */
function certificateIn(credential: EvaluatedResource): { readonly validTo: string } | undefined {
  const { value } = credential.properties;
  if (!isCertificate(credential) || typeof value !== "string") return undefined;
  try {
    const { validTo } = new X509Certificate(value.includes("-----BEGIN") ? value : Buffer.from(value, "base64"));
    return { validTo: new Date(validTo).toISOString() };
  } catch {
    // The end of an unreadable certificate is unknown, which long-certificate reports.
    return undefined;
  }
}

function keyOf(credential: EvaluatedResource): { key?: string } {
  const { value } = credential.properties;
  if (!isCertificate(credential) || typeof value !== "string") return {};
  return { key: createHash("sha256").update(value.trim()).digest("hex").slice(0, 8) };
}

/** The subjects whose tokens a federated credential trusts. */
function trustOf(credential: EvaluatedResource, directory: Directory, unknowns: Unknowns): { trusts?: string } {
  const { issuer, subject, claimsMatchingExpression } = credential.properties;
  if (kinds[typeOf(credential)] !== "federated") return {};
  if (claimsMatchingExpression !== undefined)
    return { trusts: `${valueText(issuer)}: ${valueText(claimsMatchingExpression)}` };
  const who = directory.principal(credential, "subject");
  unknowns.addParty(credential, "subject", who);
  // A subject that only looks like the name of an identity is not that identity: Entra's subjects are object ids.
  const isImitation = directory.identities.some((identity) => directory.nameOf(identity) === subject);
  const isOwn = who.resource && !isOfOtherTenant(issuer, who.resource);
  return {
    trusts: `${valueText(issuer)}: ${isOwn ? who.name : isImitation ? JSON.stringify(subject) : valueText(subject)}`,
  };
}

/** Another tenant can contain a subject with the same id, and anybody can own a tenant. */
const isOfOtherTenant = (issuer: unknown, { properties: { tenantId } }: EvaluatedResource): boolean =>
  isKnown(tenantId) && isKnown(issuer) && !normalizedId(issuer).split("/").includes(normalizedId(tenantId));
