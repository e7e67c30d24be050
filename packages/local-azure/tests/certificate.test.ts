import "reflect-metadata";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { certificate } from "../certificate";
import { createCertificateAuthority, signingCertificate } from "../certificateAuthority";
import { newKeyPair } from "../entra/keyPair";

const day = 86_400_000;

describe("the certificate of a server", () => {
  const authority = createCertificateAuthority();
  const issuer = new X509Certificate(authority.certificate);
  const server = new X509Certificate(authority.serverCertificate().cert);

  it("is valid only for localhost, both loopback addresses and the names of vaults", () => {
    const hosts = ["localhost", "orders.vault.azure.test", "vault.azure.test", "a.b.vault.azure.test", "example.org"];
    expect(hosts.map((host) => server.checkHost(host) !== undefined)).toEqual([true, true, false, false, false]);
    const addresses = ["127.0.0.1", "::1", "127.0.0.2", "::2"];
    expect(addresses.map((address) => server.checkIP(address) !== undefined)).toEqual([true, true, false, false]);
  });

  it("is signed by the certificate authority, and is not an authority itself", () => {
    expect([server.checkIssued(issuer), server.verify(issuer.publicKey)]).toEqual([true, true]);
    expect([issuer.ca, server.ca]).toEqual([true, false]);
    const other = new X509Certificate(createCertificateAuthority().certificate);
    expect(server.verify(other.publicKey)).toBe(false);
  });

  it("is valid for seven days, and already since a minute ago", () => {
    expect(Date.now() - Date.parse(server.validFrom)).toBeGreaterThanOrEqual(59_000);
    expect(Date.parse(server.validTo) - Date.parse(server.validFrom)).toBe(7 * day + 60_000);
  });
});

it("another X.509 parser reads the extensions, which are critical if RFC 5280 requires it", () => {
  const { certificate: pem, serverCertificate } = createCertificateAuthority();
  const read = (text: string) =>
    new x509.X509Certificate(text).extensions.map(({ type, critical }) => [type, critical]);
  expect(read(pem)).toEqual([
    ["2.5.29.19", true],
    ["2.5.29.15", true],
    ["2.5.29.14", false],
  ]);
  expect(read(serverCertificate().cert)).toEqual([
    ["2.5.29.17", false],
    ["2.5.29.19", true],
    ["2.5.29.15", true],
    ["2.5.29.37", false],
    ["2.5.29.35", false],
    ["2.5.29.14", false],
  ]);
  const usages = new x509.X509Certificate(pem).getExtension(x509.KeyUsagesExtension)?.usages;
  expect(usages).toBe(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign);
  const ofServer = new x509.X509Certificate(serverCertificate().cert);
  expect(ofServer.getExtension(x509.KeyUsagesExtension)?.usages).toBe(x509.KeyUsageFlags.digitalSignature);
  expect(ofServer.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([x509.ExtendedKeyUsage.serverAuth]);
});

it("a key that signs tokens has a self-signed certificate", async () => {
  const read = new X509Certificate(signingCertificate(await newKeyPair()));
  expect(read.subject).toBe("CN=accounts.accesscontrol.windows.net");
  expect([read.checkIssued(read), read.verify(read.publicKey)]).toEqual([true, true]);
});

it("names of every length are read back, even if the encoded length needs one, two or three bytes", () => {
  const { privateKey: signingKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const period = { notBefore: new Date(0), notAfter: new Date("2049-12-31T23:59:59Z") };
  for (const length of [1, 60, 127, 128, 200, 255, 256, 300, 65_536]) {
    const subject = "a".repeat(length);
    const read = new x509.X509Certificate(certificate({ ...period, subject, publicKey, signingKey }));
    expect(read.subject).toBe(`CN=${subject}`);
    expect([read.notBefore, read.notAfter]).toEqual([period.notBefore, period.notAfter]);
  }
});
