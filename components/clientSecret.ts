import { Secret } from "@pulumi/azure-native/keyvault/secret";
import { ApplicationPassword } from "@pulumi/azuread/applicationPassword";
import * as pulumi from "@pulumi/pulumi";
import { secretName } from "../packages/validation/formats";
import { ArgumentError } from "../packages/validation/userError";
import { checked } from "./checked";
import type { IssuedSecret } from "./rotation";
import { explainsSoftDeletion } from "./softDeletion";

export interface ClientSecretArgs {
  /** The resource id of the application that the secret belongs to, `/applications/{object id}`. */
  applicationId: pulumi.Input<string>;
  /** The application with which Entra deletes the secrets. Deleting each one would take 20 s. */
  application?: pulumi.Resource;
  /** The resource group of the vault. */
  resourceGroupName: pulumi.Input<string>;
  /** The name of the vault that the newest secret is written to. */
  vaultName: pulumi.Input<string>;
  /** The vault with which the secret is deleted, so that the deployer needs no permission to delete secrets. */
  vault?: pulumi.Resource;
  /** The name of the secret in the vault; each rotation adds a version. Default `client-secret`. */
  secretName?: pulumi.Input<string>;
  /** The secrets that must exist, oldest first; the last one is written to the vault. See `secretsOn`. */
  secrets: readonly IssuedSecret[];
}

/**
 * The client secrets of one application: an Entra password for each, the newest in the vault.
 *
 * A new secret creates a password, and a secret that is no longer listed is deleted. A password in use is never replaced.
 * The value is a Pulumi secret; it is stored only in Entra, the vault and the encrypted state.
 *
 * @example
 * ```ts
 * import { ClientSecret, secretsOnSchedule } from "pulumi-microservice-identities";
 *
 * const rotation = { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 };
 * new ClientSecret("orders", {
 *   applicationId: "/applications/22222222-2222-4222-8222-222222222222",
 *   resourceGroupName: "rg-shop-prod",
 *   vaultName: "orders-kv",
 *   secrets: secretsOnSchedule(new Date(), rotation, "orders"),
 * });
 * ```
 */
export class ClientSecret extends pulumi.ComponentResource {
  /** The name of the secret in the vault; it stays the same across rotations. */
  public readonly secretName: pulumi.Output<string>;
  /** The address of the secret without a version, which always returns the newest. Not the value. */
  public readonly secretUri: pulumi.Output<string>;
  /** The version of the vault secret that contains the newest password: 32 hexadecimal digits. */
  public readonly version: pulumi.Output<string>;
  /** The key id (GUID) of the newest password in Entra. Not a secret. */
  public readonly keyId: pulumi.Output<string>;
  /** The key ids of all passwords of this component, oldest first. */
  public readonly keyIds: pulumi.Output<string[]>;
  /** When the newest secret expires, RFC 3339. */
  public readonly expires: string;

  constructor(name: string, args: ClientSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:ClientSecret", name, {}, opts);
    const where = `ClientSecret ${name}`;
    const newestSecret = args.secrets.at(-1);
    if (newestSecret === undefined) throw new ArgumentError(`${where}: secrets`, args.secrets, "at least one secret");

    const passwords = args.secrets.map(
      ({ id, secretEnd, revocations }) =>
        new ApplicationPassword(
          `${name}-${id}${revocations > 0 ? `-revocation-${revocations}` : ""}`,
          {
            applicationId: args.applicationId,
            displayName: `window ${id}${revocations > 0 ? `, revocation ${revocations}` : ""}`,
            // Absolute, because the provider ignores `endDateRelative` and creates a secret that is valid for two years.
            endDate: secretEnd,
          },
          { parent: this, deletedWith: args.application },
        ),
    );
    const newest = passwords[passwords.length - 1] as ApplicationPassword;
    this.keyId = newest.keyId;
    this.keyIds = pulumi.output(passwords.map(({ keyId }) => keyId));
    this.expires = newestSecret.secretEnd;
    const { previousVersion } = newestSecret;

    const secret = new Secret(
      `${name}-vault-secret`,
      {
        resourceGroupName: args.resourceGroupName,
        vaultName: args.vaultName,
        secretName: checked(`${where}: secretName`, args.secretName ?? "client-secret", secretName),
        properties: {
          value: pulumi.secret(newest.value),
          contentType: "Entra client secret",
          attributes: { enabled: true, expires: Date.parse(newestSecret.secretEnd) / 1000 },
        },
        tags: { keyId: newest.keyId, window: newestSecret.id, ...(previousVersion ? { previousVersion } : {}) },
      },
      // A deployer has no permission to delete secrets in a vault. If a service changes to another kind of credential, the last
      // value stays in the vault, but Entra no longer accepts it.
      {
        parent: this,
        deletedWith: args.vault,
        retainOnDelete: true,
        hooks: {
          onError: [
            explainsSoftDeletion(
              name,
              this,
              ({ vaultName, secretName: deleted }) =>
                `the secret ${deleted} was deleted in the vault ${vaultName}. Somebody with the permission to recover secrets there must recover it (az keyvault secret recover --vault-name ${vaultName} --name ${deleted}); then deploy again`,
            ),
          ],
        },
      },
    );
    this.secretName = secret.name;
    this.secretUri = secret.properties.secretUri;
    // Pulumi treats all properties as secret, because one of them is. The version is not secret.
    this.version = pulumi.unsecret(secret.properties.secretUriWithVersion).apply((uri) => uri.split("/").at(-1) ?? "");

    this.registerOutputs({
      secretName: this.secretName,
      secretUri: this.secretUri,
      keyId: this.keyId,
      expires: this.expires,
    });
  }
}
