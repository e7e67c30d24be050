import { X509Certificate } from "node:crypto";
import { ApplicationCertificate } from "@pulumi/azuread/applicationCertificate";
import * as pulumi from "@pulumi/pulumi";
import type { Format } from "../packages/validation/formats";
import { checked } from "./checked";

export interface ClientCertificateArgs {
  /** The resource id of the application that the certificate belongs to, `/applications/{object id}`. */
  applicationId: pulumi.Input<string>;
  /** The application with which Entra deletes the certificate. */
  application?: pulumi.Resource;
  /** The public certificate, PEM. A private key is refused. */
  certificate: string;
}

/**
 * The PEM of exactly one public certificate with an RSA key. Entra also stores certificates with other keys, but it rejects
 * assertions that are signed with them. https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export const publicCertificate: Format<string> = {
  accepts: (pem) => {
    if (/PRIVATE KEY/.test(pem) || pem.split("-----BEGIN CERTIFICATE-----").length !== 2) return false;
    try {
      return new X509Certificate(pem).publicKey.asymmetricKeyType === "rsa";
    } catch {
      return false;
    }
  },
  allowed: "the PEM of one public X.509 certificate with an RSA key, without its private key",
};

/** SHA-256 of a certificate, in hexadecimal. */
export const thumbprintOf = (pem: string): string =>
  new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase();

/**
 * Detects a new certificate that has expired, which Entra would refuse. A certificate that is already deployed may expire: it is
 * not written again, and the rest of the stack must still be deployed.
 *
 * @param deployed the thumbprints of the last deployment
 * @returns when it expired, RFC 3339; `undefined` if it can be deployed
 */
export function expiredBeforeUse(pem: string, now: Date, deployed: readonly string[]): string | undefined {
  const { validTo } = new X509Certificate(pem);
  const end = new Date(validTo);
  return end <= now && !deployed.includes(thumbprintOf(pem)) ? end.toISOString() : undefined;
}

/**
 * A certificate as an application's credential. Entra gets the public certificate; Pulumi never sees the private key.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { ClientCertificate } from "pulumi-microservice-identities";
 *
 * new ClientCertificate("orders", {
 *   applicationId: "/applications/22222222-2222-4222-8222-222222222222",
 *   certificate: readFileSync("orders.pem", "utf8"),
 * });
 * ```
 */
export class ClientCertificate extends pulumi.ComponentResource {
  /** The key id (GUID) of the certificate in Entra. */
  public readonly keyId: pulumi.Output<string>;
  /** SHA-256 of the certificate, in hexadecimal; clients send it to identify the certificate. */
  public readonly thumbprint: string;
  /** When the certificate expires, RFC 3339. */
  public readonly expires: string;

  constructor(name: string, args: ClientCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:ClientCertificate", name, {}, opts);
    // The message does not repeat the value: a private key that was passed by mistake must not appear in a log.
    if (!publicCertificate.accepts(args.certificate))
      checked<string>(`ClientCertificate ${name}: certificate`, "(not shown)", publicCertificate);
    const certificate = new X509Certificate(args.certificate);
    this.thumbprint = thumbprintOf(args.certificate);
    this.expires = new Date(certificate.validTo).toISOString().replace(".000Z", "Z");

    this.keyId = new ApplicationCertificate(
      // Each certificate is a resource of its own, so that the new one is created before the old one is deleted.
      `${name}-${this.thumbprint.slice(0, 12)}`,
      { applicationId: args.applicationId, type: "AsymmetricX509Cert", value: args.certificate, endDate: this.expires },
      { parent: this, deletedWith: args.application },
    ).keyId;

    this.registerOutputs({});
  }
}
