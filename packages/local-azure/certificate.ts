import { createHash, type KeyObject, randomBytes, sign } from "node:crypto";
import { der } from "./der";

/** The content of a certificate, and the key that signs it. */
export interface CertificateContent {
  /** The common name. */
  readonly subject: string;
  /** The common name of the issuer. Default: the subject. */
  readonly issuer?: string;
  readonly notBefore: Date;
  /** Before the year 2050. */
  readonly notAfter: Date;
  readonly publicKey: KeyObject;
  /** An elliptic-curve or RSA key; it signs with SHA-256. */
  readonly signingKey: KeyObject;
  /** Default: none. */
  readonly extensions?: readonly Buffer[];
}

/**
 * An X.509 certificate, version 3.
 * https://www.rfc-editor.org/rfc/rfc5280#section-4
 *
 * @returns its DER
 */
export function certificate(content: CertificateContent): Buffer {
  const { subject, issuer = subject, notBefore, notAfter, publicKey, signingKey, extensions = [] } = content;
  const serialNumber = randomBytes(16);
  // The serial number must be positive and must not begin with a zero byte.
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x3f) | 0x40;
  const algorithm =
    signingKey.asymmetricKeyType === "rsa"
      ? der.sequence(der.identifier("1.2.840.113549.1.1.11"), der.null())
      : der.sequence(der.identifier("1.2.840.10045.4.3.2"));
  const signed = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(serialNumber),
    algorithm,
    commonName(issuer),
    der.sequence(der.time(notBefore), der.time(notAfter)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length > 0 ? [der.explicit(3, der.sequence(...extensions))] : []),
  );
  return der.sequence(signed, algorithm, der.bits(sign("sha256", signed, signingKey)));
}

const commonName = (name: string) => der.sequence(der.set(der.sequence(der.identifier("2.5.4.3"), der.utf8(name))));

/** The extensions that certificates here have. https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1 */
export const extensions = {
  /** For an authority whose certificates cannot sign others. */
  authority: () => extension("2.5.29.19", true, der.sequence(der.boolean(true), der.integer(Buffer.from([0])))),
  notAnAuthority: () => extension("2.5.29.19", true, der.sequence()),
  /** The key may sign certificates and revocation lists. */
  signsCertificates: () => extension("2.5.29.15", true, der.bits(Buffer.from([0b0000_0110]), 1)),
  makesSignatures: () => extension("2.5.29.15", true, der.bits(Buffer.from([0b1000_0000]), 7)),
  serverAuthentication: () => extension("2.5.29.37", false, der.sequence(der.identifier("1.3.6.1.5.5.7.3.1"))),
  /** @param addresses the four or sixteen bytes of each address */
  names: (dns: readonly string[], addresses: readonly Buffer[]) =>
    extension(
      "2.5.29.17",
      false,
      der.sequence(
        ...dns.map((name) => der.implicit(2, Buffer.from(name))),
        ...addresses.map((address) => der.implicit(7, address)),
      ),
    ),
  subjectKey: (key: KeyObject) => extension("2.5.29.14", false, der.octets(keyIdentifier(key))),
  issuerKey: (key: KeyObject) => extension("2.5.29.35", false, der.sequence(der.implicit(0, keyIdentifier(key)))),
} as const;

const extension = (identifier: string, critical: boolean, value: Buffer) =>
  der.sequence(der.identifier(identifier), ...(critical ? [der.boolean(true)] : []), der.octets(value));

/** Any bytes that are different for each key are valid. */
const keyIdentifier = (key: KeyObject) =>
  createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();
