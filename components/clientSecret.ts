import { Secret } from "@pulumi/azure-native/keyvault/secret";
import { ApplicationPassword } from "@pulumi/azuread/applicationPassword";
import * as pulumi from "@pulumi/pulumi";
import { secretName } from "../packages/validation/formats";
import { ArgumentError } from "../packages/validation/userError";
import { checked } from "./checked";
import type { IssuedSecret } from "./rotation";
import { type Acceptance, acceptanceOf } from "./secretAcceptance";
import { type SignInIdentity, signInWithSecret } from "./secretSignIn";
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
  /**
   * The secrets that must exist, oldest first; the last one is written to the vault, unless it is `waitingSince` its creation and
   * Entra does not accept it yet. See `secretsOn`.
   */
  secrets: readonly IssuedSecret[];
  /** Who signs in to see whether Entra accepts a secret that waits. Default: it is published at once. */
  signIn?: pulumi.Input<SignInIdentity>;
}

/**
 * The client secrets of one application: an Entra password for each, the newest in the vault.
 *
 * A new secret creates a password, and a secret that is no longer listed is deleted. A password in use is never replaced.
 * A new secret that replaces another one is published only after Entra has accepted it several times in a row. If this machine may
 * not sign in as the service, a deployment on a later day publishes it.
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
  /** The version of the vault secret: 32 hexadecimal digits. */
  public readonly version: pulumi.Output<string>;
  /** The key id (GUID) of the password in the vault. Not a secret. */
  public readonly keyId: pulumi.Output<string>;
  /** The key ids of all passwords of this component, oldest first. */
  public readonly keyIds: pulumi.Output<string[]>;
  /** When the secret in the vault expires, RFC 3339. */
  public readonly expires: pulumi.Output<string>;
  /** The id of the secret in the vault: the newest, unless that waits. */
  public readonly published: pulumi.Output<string>;

  constructor(name: string, args: ClientSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:ClientSecret", name, {}, opts);
    const where = `ClientSecret ${name}`;
    if (args.secrets.length === 0) throw new ArgumentError(`${where}: secrets`, args.secrets, "at least one secret");

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
    const [published, password] = this.publishable(args, passwords);
    this.published = published.apply(({ id }) => id);
    this.keyId = password.keyId;
    this.keyIds = pulumi.output(passwords.map(({ keyId }) => keyId));
    this.expires = published.apply(({ secretEnd }) => secretEnd);

    const secret = new Secret(
      `${name}-vault-secret`,
      {
        resourceGroupName: args.resourceGroupName,
        vaultName: args.vaultName,
        secretName: checked(`${where}: secretName`, args.secretName ?? "client-secret", secretName),
        properties: {
          value: pulumi.secret(password.value),
          contentType: "Entra client secret",
          attributes: { enabled: true, expires: published.apply(({ secretEnd }) => Date.parse(secretEnd) / 1000) },
        },
        tags: published.apply(({ id, previousVersion }) => ({
          keyId: password.keyId,
          window: id,
          ...(previousVersion ? { previousVersion } : {}),
        })),
      },
      // A deployer has no permission to delete secrets in a vault. If a service changes to a different kind of credential, the last
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

    this.registerOutputs({});
  }

  /** The secret that belongs in the vault now, with its password. */
  private publishable(
    { secrets, signIn }: ClientSecretArgs,
    passwords: readonly ApplicationPassword[],
  ): [pulumi.Output<IssuedSecret>, Published] {
    const newest = secrets.at(-1) as IssuedSecret;
    const password = passwords.at(-1) as ApplicationPassword;
    const place = secrets.findLastIndex(({ waitingSince }) => waitingSince === undefined);
    const [before, itsPassword] = [secrets[place], passwords[place]];
    if (newest.waitingSince === undefined || !signIn || !before || !itsPassword)
      return [pulumi.output(newest), password];
    const isPublished = pulumi.unsecret(
      pulumi.all([signIn, password.value]).apply(([identity, value]) => this.isPublishable(newest, identity, value)),
    );
    const chosen = <T>(ofNewest: pulumi.Output<T>, ofBefore: pulumi.Output<T>): pulumi.Output<T> =>
      isPublished.apply((is) => (is ? ofNewest : ofBefore));
    return [
      isPublished.apply((is) => (is ? newest : before)),
      {
        keyId: chosen(password.keyId, itsPassword.keyId),
        value: chosen(password.value, itsPassword.value),
      },
    ];
  }

  private async isPublishable(newest: IssuedSecret, identity: SignInIdentity, value: string): Promise<boolean> {
    const wasCreatedEarlier = newest.waitingSince !== newest.published;
    // A preview does not sign in, and does not show a secret that has waited since today as a change.
    if (pulumi.runtime.isDryRun()) return wasCreatedEarlier;
    const acceptance = await acceptanceOf(() => signInWithSecret(identity, value));
    if (acceptance.kind === "accepted") return true;
    const isPublished = acceptance.kind === "unknown" && wasCreatedEarlier;
    await pulumi.log.warn(
      `the client secret of the rotation window ${newest.id} ${whatHappens(acceptance, isPublished)}`,
      this,
    );
    return isPublished;
  }
}

interface Published {
  readonly keyId: pulumi.Output<string>;
  readonly value: pulumi.Output<string>;
}

function whatHappens(acceptance: Exclude<Acceptance, { kind: "accepted" }>, isPublished: boolean): string {
  if (acceptance.kind === "refused")
    return `was refused for ${acceptance.seconds} s (${acceptance.code}) and is not published: the service uses the previous one, and the next deployment tries again. If Entra keeps refusing it, somebody has removed it: pulumi up --refresh creates another one`;
  const untried = `cannot be tried from here: ${acceptance.reason}.`;
  return isPublished
    ? `${untried} It was created on an earlier day, and is published`
    : `${untried} It is not published yet: the service uses the previous one, and a deployment on a later day publishes it`;
}
