import type { X509Certificate } from "node:crypto";
import type { parseClaimsExpression } from "./claimsMatchingExpression";

/** The clock of the local Azure. Returns milliseconds since 1970, as `Date.now` does. */
export type Clock = () => number;

export interface AppRole {
  readonly id: string;
  readonly value: string | null;
  readonly displayName: string;
  readonly description: string;
  readonly isEnabled: boolean;
  readonly allowedMemberTypes: readonly string[];
}

/** A client secret as Graph shows it: without its value. */
export interface PasswordCredential {
  readonly keyId: string;
  readonly displayName: string | null;
  readonly startDateTime: string;
  readonly endDateTime: string;
  /** The first three characters of the value. */
  readonly hint: string;
  readonly customKeyIdentifier: null;
  readonly secretText: null;
}

/** A certificate that the application signs client assertions with. */
export interface KeyCredential {
  readonly keyId: string;
  readonly displayName: string | null;
  readonly startDateTime: string;
  readonly endDateTime: string;
  /** Default: the certificate's SHA-1 thumbprint, in hexadecimal digits. */
  readonly customKeyIdentifier?: string;
  readonly certificate: X509Certificate;
}

export interface FederatedIdentityCredential {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  /** Null if the credential has an expression instead. */
  readonly subject: string | null;
  /** The expression of a flexible credential: see {@link parseClaimsExpression}. */
  readonly claimsMatchingExpression?: { readonly value: string; readonly languageVersion: 1 } | null;
  readonly audiences: readonly string[];
  readonly description: string | null;
}

/** An app registration. `properties` contains those that Graph stores and that have no effect in Entra. */
export interface Application {
  readonly id: string;
  readonly appId: string;
  readonly createdDateTime: string;
  properties: Record<string, unknown>;
  displayName: string;
  identifierUris: readonly string[];
  appRoles: readonly AppRole[];
  /** 2 for v2.0 tokens; null and 1 for v1.0. */
  requestedAccessTokenVersion: number | null;
  /** Optional claims of the access token, by name. */
  accessTokenClaims: readonly string[];
  passwordCredentials: readonly PasswordCredential[];
  keyCredentials: readonly KeyCredential[];
  federatedIdentityCredentials: readonly FederatedIdentityCredential[];
  /** Object ids. */
  readonly owners: Set<string>;
}

export interface ServicePrincipal {
  readonly id: string;
  readonly appId: string;
  readonly createdDateTime: string;
  readonly servicePrincipalType: "Application" | "ManagedIdentity";
  properties: Record<string, unknown>;
  displayName: string;
  accountEnabled: boolean;
  appRoleAssignmentRequired: boolean;
  passwordCredentials: readonly PasswordCredential[];
  /** Object ids. */
  readonly owners: Set<string>;
  /** Roles and names of an API that has no registration in this tenant, for example Microsoft Graph. */
  readonly foreign?: { readonly appRoles: readonly AppRole[]; readonly names: readonly string[] };
}

export interface AppRoleAssignment {
  readonly id: string;
  readonly appRoleId: string;
  /** The holder of the role: the object id of a service principal. */
  readonly principalId: string;
  /** The API that exposes the role: the object id of a service principal. */
  readonly resourceId: string;
  readonly createdDateTime: string;
}

/** Delegated permissions of an API for which a client has consent. */
export interface PermissionGrant {
  readonly id: string;
  /** The object id of the client's service principal. */
  readonly clientId: string;
  readonly consentType: "AllPrincipals" | "Principal";
  readonly principalId: string | null;
  /** The object id of the API's service principal. */
  readonly resourceId: string;
  /** Names of delegated permissions, separated by blanks. */
  readonly scope: string;
}

/** The role id in an assignment without a role. */
export const defaultAccessRoleId = "00000000-0000-0000-0000-000000000000";

/** RFC 3339 without fractions, as Entra writes it. */
export const isoSeconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
