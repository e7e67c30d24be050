import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential";
import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import type * as pulumi from "@pulumi/pulumi";

/** Tokens of another issuer that a managed identity accepts. */
export interface TrustedToken {
  /** The name of the credential: 3 to 120 letters, digits, hyphens and underscores. */
  readonly name: string;
  readonly issuer: pulumi.Input<string>;
  readonly subject: string;
}

export interface TrustingIdentity {
  readonly identity: UserAssignedIdentity;
  readonly resourceGroupName: pulumi.Input<string>;
  /** The audience of the tokens: the one that the cloud requires for federation. */
  readonly audience: string;
}

/** The federated identity credentials of a managed identity, as resources named `{name}-trusts-{credential}`. */
export function trustTokens(
  name: string,
  { identity, resourceGroupName, audience }: TrustingIdentity,
  trusted: readonly TrustedToken[],
  parent: pulumi.Resource,
): void {
  // One after the other, because Azure refuses concurrent writes of two credentials of one identity.
  let before: pulumi.Resource = identity;
  for (const { name: credential, issuer, subject } of trusted) {
    before = new FederatedIdentityCredential(
      `${name}-trusts-${credential}`,
      {
        resourceGroupName,
        resourceName: identity.name,
        federatedIdentityCredentialResourceName: credential,
        issuer,
        subject,
        audiences: [audience],
      },
      { parent, deletedWith: identity, dependsOn: before },
    );
  }
}
