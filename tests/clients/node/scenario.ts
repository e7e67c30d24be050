import { readFileSync } from "node:fs";
import https from "node:https";
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  type TokenCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";

// A service that uses the Azure SDK for JavaScript. It prints one line for each kind of sign-in.

function env(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

async function read(vault: string, credential: TokenCredential): Promise<string | number | undefined> {
  const secrets = new SecretClient(vault, credential, { disableChallengeResourceVerification: true });
  try {
    return (await secrets.getSecret("greeting")).value;
  } catch (error) {
    return (error as { statusCode?: number }).statusCode;
  }
}

async function call(credential: TokenCredential): Promise<number | undefined> {
  const token = await credential.getToken(env("API_SCOPE"));
  const headers = { authorization: `Bearer ${token?.token}` };
  return new Promise((resolve, reject) => {
    https.get(env("API"), { headers }, (answer) => resolve(answer.resume().statusCode)).on("error", reject);
  });
}

async function main(): Promise<void> {
  const [tenant, client] = [env("AZURE_TENANT_ID"), env("AZURE_CLIENT_ID")];
  const place = { authorityHost: env("AUTHORITY"), disableInstanceDiscovery: true };
  const certificate = { certificate: readFileSync(env("CERTIFICATE_FILE"), "utf8") };
  const ways: Record<string, TokenCredential> = {
    secret: new ClientSecretCredential(tenant, client, env("CLIENT_SECRET"), place),
    certificate: new ClientCertificateCredential(tenant, client, certificate, place),
    federation: new WorkloadIdentityCredential({
      tenantId: tenant,
      clientId: client,
      tokenFilePath: env("FEDERATED_TOKEN_FILE"),
      ...place,
    }),
    "managed identity": new ManagedIdentityCredential({ clientId: env("IDENTITY_CLIENT_ID") }),
  };
  for (const [name, credential] of Object.entries(ways)) {
    const [own, foreign] = [await read(env("OWN_VAULT"), credential), await read(env("FOREIGN_VAULT"), credential)];
    console.log(`${name}: own ${own}, foreign ${foreign}, api ${await call(credential)}`);
  }
}

main();
