import { generateKeyPairSync, KeyObject, type webcrypto } from "node:crypto";
import { certificate, extensions } from "./certificate";
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
  serverCertificate(): ServerCertificate;
}

const validDays = 7;
const subject = "Local Azure";

export function createCertificateAuthority(): CertificateAuthority {
  const authority = newKeys();
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(Date.now() + validDays * 86_400_000);
  const period = { notBefore, notAfter, signingKey: authority.privateKey };
  return {
    certificate: pem(
      certificate({
        ...period,
        subject,
        publicKey: authority.publicKey,
        extensions: [
          extensions.authority(),
          extensions.signsCertificates(),
          extensions.subjectKey(authority.publicKey),
        ],
      }),
    ),
    serverCertificate() {
      const { privateKey, publicKey } = newKeys();
      const addresses = [Buffer.from([127, 0, 0, 1]), Buffer.from([...new Array(15).fill(0), 1])];
      const cert = certificate({
        ...period,
        subject: "localhost",
        issuer: subject,
        publicKey,
        extensions: [
          extensions.names(["localhost", `*.${vaultDomain}`], addresses),
          extensions.notAnAuthority(),
          extensions.makesSignatures(),
          extensions.serverAuthentication(),
          // Python's OpenSSL refuses a chain without key identifiers.
          extensions.issuerKey(authority.publicKey),
          extensions.subjectKey(publicKey),
        ],
      });
      return { key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert: pem(cert) };
    },
  };
}

/** Elliptic curves, because their keys are generated in a millisecond; an RSA key takes a tenth of a second. */
const newKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

/** A self-signed certificate of a key that signs tokens. @returns its DER */
export function signingCertificate(keys: {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
}): Buffer {
  return certificate({
    subject: "accounts.accesscontrol.windows.net",
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 5 * 365 * 86_400_000),
    publicKey: KeyObject.from(keys.publicKey),
    signingKey: KeyObject.from(keys.privateKey),
  });
}

const pem = (bytes: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64").replace(/.{64}(?=.)/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
