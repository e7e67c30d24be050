import "reflect-metadata"; // @peculiar/x509 needs it, and needs it first.
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { vaultDomain } from "./keyVault/vaultProxy";

/** A private key and its certificate, both PEM, for `https.createServer`. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

/** Signs the certificates of one run. Its private key never leaves the process. */
export interface CertificateAuthority {
  /** The certificate that clients must trust, PEM; for `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE` or `REQUESTS_CA_BUNDLE`. */
  readonly certificate: string;
  /** A certificate for servers on loopback: `localhost`, `127.0.0.1`, `::1` and the names of vaults. */
  serverCertificate(): Promise<ServerCertificate>;
}

const validDays = 7;
// Elliptic curves, because their keys are generated in a millisecond; an RSA key takes a tenth of a second.
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
x509.cryptoProvider.set(webcrypto);

export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(Date.now() + validDays * 86_400_000);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Local Azure",
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  return {
    certificate: authority.toString("pem"),
    async serverCertificate() {
      const server = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: "CN=localhost",
        issuer: authority.subject,
        notBefore,
        notAfter,
        signingAlgorithm: algorithm,
        publicKey: server.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new x509.SubjectAlternativeNameExtension([
            { type: "dns", value: "localhost" },
            { type: "dns", value: `*.${vaultDomain}` },
            { type: "ip", value: "127.0.0.1" },
            { type: "ip", value: "::1" },
          ]),
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          // Python's OpenSSL refuses a chain without key identifiers.
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
          await x509.SubjectKeyIdentifierExtension.create(server.publicKey),
        ],
      });
      const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", server.privateKey);
      return { key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"), cert: certificate.toString("pem") };
    },
  };
}

/** A certificate of a key that signs tokens, by itself. @returns its DER */
export async function signingCertificate(keys: {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
}): Promise<Buffer> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=accounts.accesscontrol.windows.net",
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 5 * 365 * 86_400_000),
    signingAlgorithm: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    keys,
  });
  return Buffer.from(certificate.rawData);
}
