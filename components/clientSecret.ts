import { Secret } from "@pulumi/azure-native/keyvault/secret";
import { ApplicationPassword } from "@pulumi/azuread/applicationPassword";
import * as pulumi from "@pulumi/pulumi";
import type { RotationWindow } from "./rotation";
import { ArgumentError, checked, secretName } from "./validation";

export interface ClientSecretArgs {
  /** The resource id of the application that the secret belongs to, `/applications/{object id}`. */
  applicationId: pulumi.Input<string>;
  /** When Entra drops this application, it drops the secrets too: they are not deleted one by one, at 20 s each. */
  application?: pulumi.Resource;
  /** The resource group of the vault. */
  resourceGroupName: pulumi.Input<string>;
  /** The vault that the newest secret is written to. */
  vaultName: pulumi.Input<string>;
  /** When the vault goes, the secret goes with it: a deployer need not have the right to delete secrets. */
  vault?: pulumi.Resource;
  /** The secret's name in the vault; each rotation adds a version under it. Default `client-secret`. */
  secretName?: pulumi.Input<string>;
  /** The windows whose secret must exist, oldest first; the last one is published. See `activeWindows`. */
  windows: readonly RotationWindow[];
}

/**
 * The client secrets of one application: one Entra password for each active window, the newest in the vault.
 *
 * Entering a window creates its password, leaving it deletes that; nothing is replaced under a running service. The
 * value is a Pulumi secret, and is nowhere but in Entra, the vault and the encrypted state.
 */
export class ClientSecret extends pulumi.ComponentResource {
  /** The secret's name in the vault: the same across rotations. */
  public readonly secretName: pulumi.Output<string>;
  /** The address of the secret without a version, so that it always answers with the newest. It is not the value. */
  public readonly secretUri: pulumi.Output<string>;
  /** The key id (GUID) of the newest password in Entra; no secret. */
  public readonly keyId: pulumi.Output<string>;
  /** When the newest secret expires, RFC 3339. */
  public readonly expires: string;

  constructor(name: string, args: ClientSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:ClientSecret", name, {}, opts);
    const where = `ClientSecret ${name}`;
    const newestWindow = args.windows.at(-1);
    if (newestWindow === undefined) throw new ArgumentError(`${where}: windows`, args.windows, "at least one window");

    const passwords = args.windows.map(
      (window) =>
        new ApplicationPassword(
          `${name}-${window.id}`,
          {
            applicationId: args.applicationId,
            displayName: `window ${window.id}`,
            // Absolute: `endDateRelative` is ignored by the provider, and gives a secret of two years.
            endDate: window.secretEnd,
          },
          { parent: this, deletedWith: args.application },
        ),
    );
    const newest = passwords[passwords.length - 1] as ApplicationPassword;
    this.keyId = newest.keyId;
    this.expires = newestWindow.secretEnd;

    const secret = new Secret(
      `${name}-vault-secret`,
      {
        resourceGroupName: args.resourceGroupName,
        vaultName: args.vaultName,
        secretName: checked(`${where}: secretName`, args.secretName ?? "client-secret", secretName),
        properties: {
          value: pulumi.secret(newest.value),
          contentType: "Entra client secret",
          attributes: { enabled: true, expires: Date.parse(newestWindow.secretEnd) / 1000 },
        },
        tags: { keyId: newest.keyId, window: newestWindow.id },
      },
      { parent: this, deletedWith: args.vault },
    );
    this.secretName = secret.name;
    this.secretUri = secret.properties.secretUri;

    this.registerOutputs({
      secretName: this.secretName,
      secretUri: this.secretUri,
      keyId: this.keyId,
      expires: this.expires,
    });
  }
}
