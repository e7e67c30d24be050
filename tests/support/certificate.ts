import { webcrypto } from "node:crypto";
import "reflect-metadata";
import { X509CertificateGenerator } from "@peculiar/x509";
import { type CryptoKey, exportPKCS8 } from "jose";

const rsa = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

export interface TestCertificate {
  readonly pem: string;
  /** Base64 of the DER. */
  readonly der: string;
  /** SHA-256, hexadecimal. */
  readonly thumbprint: string;
  readonly privateKey: CryptoKey;
  /** PKCS #8, PEM. */
  readonly privateKeyPem: string;
}

/** A certificate that is valid for the given number of days, from yesterday. */
export async function selfSigned(name: string, days = 30): Promise<TestCertificate> {
  const keys = (await webcrypto.subtle.generateKey(rsa, true, ["sign", "verify"])) as {
    privateKey: CryptoKey;
    publicKey: CryptoKey;
  };
  const yesterday = Date.now() - 86_400_000;
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      notBefore: new Date(yesterday),
      notAfter: new Date(yesterday + days * 86_400_000),
      keys: keys as never,
      signingAlgorithm: rsa as never,
    },
    webcrypto as never,
  );
  return {
    pem: certificate.toString("pem"),
    der: Buffer.from(certificate.rawData).toString("base64"),
    thumbprint: Buffer.from(await certificate.getThumbprint("SHA-256", webcrypto as never)).toString("hex"),
    privateKey: keys.privateKey,
    privateKeyPem: await exportPKCS8(keys.privateKey),
  };
}
