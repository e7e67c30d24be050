import { X509Certificate } from "node:crypto";
import { ApplicationCertificate } from "@pulumi/azuread/applicationCertificate";
import * as pulumi from "@pulumi/pulumi";
import type { Format } from "../packages/validation/formats";
import { checked } from "./checked";

export interface ClientCertificateArgs {
  /** The resource id of the application that the certificate belongs to, `/applications/{object id}`. */
  applicationId: pulumi.Input<string>;
  /** When Entra drops this application, it drops the certificate too. */
  application?: pulumi.Resource;
  /** The public certificate, PEM. Its private key stays with the team, and is refused here. */
  certificate: string;
}

/** One public certificate and nothing else. */
export const publicCertificate: Format<string> = {
  accepts: (pem) => {
    if (/PRIVATE KEY/.test(pem) || pem.split("-----BEGIN CERTIFICATE-----").length !== 2) return false;
    try {
      return new X509Certificate(pem).raw.length > 0;
    } catch {
      return false;
    }
  },
  allowed: "the PEM of one public X.509 certificate, without its private key",
};

/** The certificate that an application proves itself with: Entra gets the public half, Pulumi never sees the other. */
export class ClientCertificate extends pulumi.ComponentResource {
  /** The key id (GUID) of the certificate in Entra. */
  public readonly keyId: pulumi.Output<string>;
  /** SHA-256 of the certificate, in hexadecimal: what a client names it by. */
  public readonly thumbprint: string;
  /** When the certificate expires, RFC 3339. */
  public readonly expires: string;

  constructor(name: string, args: ClientCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:ClientCertificate", name, {}, opts);
    // The value is not repeated: whoever gives a private key by mistake must not find it in a log.
    if (!publicCertificate.accepts(args.certificate))
      checked<string>(`ClientCertificate ${name}: certificate`, "(not shown)", publicCertificate);
    const certificate = new X509Certificate(args.certificate);
    this.thumbprint = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
    this.expires = new Date(certificate.validTo).toISOString().replace(".000Z", "Z");

    this.keyId = new ApplicationCertificate(
      // Another certificate is another resource: the new one is there before the old one goes.
      `${name}-${this.thumbprint.slice(0, 12)}`,
      { applicationId: args.applicationId, type: "AsymmetricX509Cert", value: args.certificate, endDate: this.expires },
      { parent: this, deletedWith: args.application },
    ).keyId;

    this.registerOutputs({ keyId: this.keyId, thumbprint: this.thumbprint, expires: this.expires });
  }
}
