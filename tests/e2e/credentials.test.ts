import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { addSecretVersion } from "@microservice-identities/local-azure/keyVault/vault";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { provableStack } from "@microservice-identities/proof/directory";
import { differencesOf } from "@microservice-identities/proof/report";
import { selfSigned, type TestCertificate } from "@microservice-identities/test-support/certificate";
import { shopProject, writeSettings } from "@microservice-identities/test-support/project";
import { prove } from "@microservice-identities/test-support/proof";
import { parse, stringify } from "yaml";
import { converge } from "../../cli/adoption/converge";
import { localTenant } from "../../cli/adoption/localTenant";
import { localConfig } from "../../cli/deployingCommand";
import { publicCertificate } from "../../components/clientCertificate";
import program from "../../stacks/index";

jest.setTimeout(60_000);

/** Three services with three kinds of credential, which call each other in a ring. */
describe("a service's credential", () => {
  let azure: LocalAzure;
  let stack: BuiltInStack;
  let folder: string;
  let certificate: TestCertificate;
  const service = (api: string) => ({
    description: "A service.",
    appRoles: { Read: { description: "Read." } },
    calls: { [api]: { roles: ["Read"], because: "The ring." } },
  });
  const kinds = {
    certified: { credential: "certificate", certificateFile: "" },
    federated: { credential: "federated" },
  };
  const deploy = async (certificatePem: string, by = stack, services: object = kinds) => {
    await writeFile(path.join(folder, "certified.pem"), certificatePem);
    await writeFile(
      path.join(folder, "landscape.yaml"),
      stringify({
        services: { secretive: service("certified"), certified: service("federated"), federated: service("secretive") },
      }),
    );
    const settings = { ...settingsWith(services), services: JSON.stringify(services) };
    return by.up({ config: { ...settings, ...localConfig(azure) } });
  };
  const settingsWith = (services: object) => ({
    landscapeFile: path.join(folder, "landscape.yaml"),
    date: "2026-11-24",
    services,
  });

  beforeAll(async () => {
    folder = await shopProject();
    azure = await startLocalAzure();
    stack = new BuiltInStack({ azure, projectFolder: folder, stack: "dev" }, program);
    certificate = await selfSigned("certified");
    kinds.certified.certificateFile = path.join(folder, "certified.pem");
  });
  afterAll(async () => {
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("can be a secret, a certificate or a managed identity: the proof signs in with each of them", async () => {
    const { outputs, resources } = await deploy(certificate.pem);
    // The team itself stores its private key in the vault; Pulumi never sees the key.
    const [vault] = [...azure.subscription.vaults.values()].filter(({ name }) => name.startsWith("certified-"));
    if (vault) addSecretVersion(vault, "client-certificate", { value: certificate.privateKeyPem }, Date.now);
    const report = await prove(azure, outputs);
    expect(differencesOf(report)).toEqual([]);
    expect(
      report.calls.filter(({ declared }) => declared.length > 0).map(({ caller, api, got }) => [caller, api, got]),
    ).toEqual([
      ["certified", "federated", ["Read"]],
      ["federated", "secretive", ["Read"]],
      ["secretive", "certified", ["Read"]],
    ]);
    // The proof reads no vault of the federated service, which has none.
    expect(report.vaults.map(({ reader, vault }) => `${reader} ${vault}`).sort()).toEqual(
      ["secretive", "certified", "federated"]
        .flatMap((reader) => [`${reader} certified`, `${reader} secretive`])
        .sort(),
    );
    expect(resources).toMatchObject({
      "azure-native:keyvault:Vault": 2,
      "azuread:index/applicationPassword:ApplicationPassword": 1,
      "azuread:index/applicationCertificate:ApplicationCertificate": 1,
      "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential": 1,
    });
    const { directory } = provableStack.parse(outputs);
    expect(directory.certified?.credential).toMatchObject({ kind: "certificate", thumbprint: certificate.thumbprint });
    expect(directory.federated?.credential).toEqual({ kind: "federated" });
  });

  it("is replaced if the certificate in the file changes, and only then", async () => {
    const { pem } = await selfSigned("certified");
    expect((await deploy(pem)).operations).toMatchObject({ create: 1, update: 0, replace: 0, delete: 1 });
    expect((await deploy(pem)).operations).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  it("can change its kind while the service is deployed", async () => {
    const own = await selfSigned("secretive");
    const certificateFile = path.join(folder, "secretive.pem");
    await writeFile(certificateFile, own.pem);
    const { outputs } = await deploy(certificate.pem, stack, {
      ...kinds,
      secretive: { credential: "certificate", certificateFile },
    });
    expect(provableStack.parse(outputs).directory.secretive?.credential).toMatchObject({
      kind: "certificate",
      thumbprint: own.thumbprint,
    });
    const [application] = [...azure.tenant.applications.values()].filter(
      ({ displayName }) => displayName === "secretive-dev",
    );
    expect(application?.passwordCredentials).toEqual([]);
    // The vault still contains the old secret, which the deployment adopts.
    const { config } = parse(await readFile(path.join(folder, "Pulumi.dev.yaml"), "utf8"));
    await writeSettings(folder, "dev", { ...config, ...settingsWith(kinds) });
    const wanted = await evaluateOffline(folder, "dev");
    const tenant = await localTenant(azure);
    const notes: string[] = [];
    const again = stack.inOwnProcess();
    await converge(again, {
      config: localConfig(azure),
      wanted,
      tenant,
      pauseSeconds: 0,
      onNote: (line) => notes.push(line.replace(/ \S+\)$/, ")")),
    });
    await tenant.close();
    expect(notes).toEqual([
      "takes over secretive-secret-vault-secret (Secret)",
      "deploys again, round 2",
      "deploys again, round 3",
    ]);
    expect(application?.passwordCredentials).toHaveLength(1);
  });

  it("is refused if the certificate file contains the private key, and the error repeats no part of it", async () => {
    const both = `${certificate.privateKeyPem}\n${certificate.pem}`;
    const refusal = `services.certified.certificateFile is wrong: ${path.join(folder, "certified.pem")} is not the PEM of one public X.509 certificate with an RSA key, without its private key`;
    const line = /^ {4}line \d+: (.*)$/m;
    const error = await deploy(both, stack.inOwnProcess()).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(Error);
    const { message } = error as Error;
    expect(line.exec(message)?.[1]).toBe(refusal);
    expect(message.replace(line, "")).toBe("the deployment of stack dev failed:\n  Pulumi.dev.yaml has 1 problem:\n");
  });

  it("is refused, before anything changes, if it is an expired certificate; an elliptic-curve key is never accepted", async () => {
    const before = azure.tenant.applications.size;
    const { pem } = await selfSigned("certified", -5);
    await expect(deploy(pem, stack.inOwnProcess())).rejects.toThrow(
      /services\.certified\.certificateFile contains a certificate that expired on \d{4}-\d\d-\d\d; allowed: one that is valid$/,
    );
    expect(azure.tenant.applications.size).toBe(before);
    expect(publicCertificate.accepts(pem)).toBe(true);
    // A certificate with a P-256 key, valid for 100 years. Its private key no longer exists.
    expect(publicCertificate.accepts(ellipticCertificate)).toBe(false);
  });
});

const ellipticCertificate = `-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUZAR4v5tFCHtneonPTvWyJ4VT/lgwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJY2VydGlmaWVkMCAXDTI2MTEyNTIyNTAzOFoYDzIxMjYxMTAx
MjI1MDM4WjAUMRIwEAYDVQQDDAljZXJ0aWZpZWQwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASEFPly7O8I8tdOcZa1Tf+Ku4kFLfhzI5em+Ahg6moi3siyzO3l3fMD
8IUt27zIumfuSLe0I9mnAsrfyStWZbgNo1MwUTAdBgNVHQ4EFgQUEHzLsa/Fst1H
1SFdAxSnf9777UYwHwYDVR0jBBgwFoAUEHzLsa/Fst1H1SFdAxSnf9777UYwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAvnJ2rNS4TksgP38nVMHp
edm48eqe0d8DOUu9BA2hRVoCIQDOOQHzmjNtkRbMuW6pLMXv8nZGxBozYj/l/S1P
OQ5fBg==
-----END CERTIFICATE-----
`;
