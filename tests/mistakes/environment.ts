import { configurationFrom } from "@microservice-identities/runtime/configuration";
import { Guard } from "@microservice-identities/runtime/guard";
import { serverSettings } from "@microservice-identities/runtime/samples/service";
import { SignedInTenant } from "../../cli/adoption/tenant";
import { comment } from "../../cli/pipelines/pullRequestComment";
import { CredentialSource } from "../../packages/runtime/credentialSource";
import { serviceEnvironment as valid } from "../../packages/runtime/tests/support/serviceEnvironment";
import { fileWith, inFolder, type Mistake, secretLike, tooLong } from "./mistake";

const { AZURE_TENANT_ID: tenant, SERVICE_CLIENT_ID: client } = valid;

const variables = (what: string, given: NodeJS.ProcessEnv, ...message: string[]): Mistake => ({
  what: `the environment of a service ${what}`,
  read: () => configurationFrom({ ...valid, ...given }),
  message,
});

export const environmentsOfServices: readonly Mistake[] = [
  {
    what: "an empty environment of a service",
    read: () => configurationFrom({}),
    message: [
      "AZURE_TENANT_ID is not set; allowed: a GUID",
      "AZURE_CLIENT_ID is not set; allowed: a GUID",
      "SERVICE_CLIENT_ID is not set; allowed: a GUID",
      "SERVICE_CREDENTIAL is not set; allowed: secret, certificate or federated",
    ],
  },
  variables(
    "with a domain instead of the tenant's id",
    { AZURE_TENANT_ID: "contoso.onmicrosoft.com" },
    'AZURE_TENANT_ID is "contoso.onmicrosoft.com"; allowed: a GUID',
  ),
  variables(
    "with a name instead of the identity's client id",
    { AZURE_CLIENT_ID: "id-orders" },
    'AZURE_CLIENT_ID is "id-orders"; allowed: a GUID',
  ),
  variables(
    "with a secret instead of the kind of credential",
    { SERVICE_CREDENTIAL: secretLike },
    "SERVICE_CREDENTIAL is a value that looks like a secret and is not shown; allowed: secret, certificate or federated",
  ),
  variables(
    "with a kind of credential in upper case",
    { SERVICE_CREDENTIAL: "Secret" },
    'SERVICE_CREDENTIAL is "Secret"; allowed: secret, certificate or federated',
  ),
  variables(
    "with a vault over http",
    { SERVICE_VAULT_URI: "http://orders.vault.azure.net" },
    'SERVICE_VAULT_URI is "http://orders.vault.azure.net"; allowed: an https address without a path',
  ),
  variables(
    "without the vault's address",
    { SERVICE_VAULT_URI: undefined },
    'SERVICE_VAULT_URI is not set; the credential "secret" needs it',
  ),
  variables(
    "with an empty secret name",
    { SERVICE_SECRET_NAME: "" },
    'SERVICE_SECRET_NAME is ""; allowed: 1 to 127 letters, digits and hyphens',
  ),
  variables(
    "with a certificate without its thumbprint",
    { SERVICE_CREDENTIAL: "certificate" },
    'SERVICE_CERTIFICATE_THUMBPRINT is not set; the credential "certificate" needs it',
  ),
  variables(
    "with a thumbprint that is too short",
    { SERVICE_CERTIFICATE_THUMBPRINT: "abcd" },
    'SERVICE_CERTIFICATE_THUMBPRINT is "abcd"; allowed: 64 hexadecimal digits',
  ),
  variables(
    "with APIs that are not JSON",
    { SERVICE_APIS: "inventory" },
    'SERVICE_APIS is "inventory"; allowed: JSON, for example {"inventory": "api://…/.default"}',
  ),
  variables(
    "with an API named __proto__",
    { SERVICE_APIS: '{"__proto__": "api://1/.default"}' },
    'SERVICE_APIS is "{\\"__proto__\\": \\"api://1/.default\\"}"; allowed: any name but "__proto__", which every object in JavaScript has',
  ),
  variables(
    "with a very long authority",
    { AZURE_AUTHORITY_HOST: tooLong },
    'AZURE_AUTHORITY_HOST is "long long long long long long long long long long long long long long long long… (1501 characters); allowed: an https address without a path',
  ),
  variables(
    "with mistakes of several kinds",
    { AZURE_TENANT_ID: undefined, AZURE_CLIENT_ID: "me", SERVICE_SECRET_NAME: undefined },
    "AZURE_TENANT_ID is not set; allowed: a GUID",
    'AZURE_CLIENT_ID is "me"; allowed: a GUID',
    'SERVICE_SECRET_NAME is not set; the credential "secret" needs it',
  ),
  {
    what: "a guard that would accept every tenant",
    read: () => new Guard({ tenantId: "common", clientId: client ?? "" }),
    message: ['tenantId is "common"; allowed: a GUID'],
  },
  {
    what: "a guard whose authority has a path",
    read: () =>
      new Guard({
        tenantId: tenant ?? "",
        clientId: client ?? "",
        authority: "https://login.microsoftonline.com/common",
      }),
    message: ['the authority is "https://login.microsoftonline.com/common"; allowed: an https address without a path'],
  },
  {
    what: "a sample service with a port that is not a number",
    read: () => serverSettings({ SERVICE_PORT: "https" }, 8443),
    message: [
      'SERVICE_PORT is "https"; allowed: a whole number from 0 to 65535',
      "SERVICE_TLS_KEY_FILE is not set; allowed: the path of a PEM file",
      "SERVICE_TLS_CERTIFICATE_FILE is not set; allowed: the path of a PEM file",
    ],
  },
  {
    what: "a sample service without a TLS key and certificate",
    read: () => serverSettings({}, 8443),
    message: [
      "SERVICE_TLS_KEY_FILE is not set; allowed: the path of a PEM file",
      "SERVICE_TLS_CERTIFICATE_FILE is not set; allowed: the path of a PEM file",
    ],
  },
  {
    what: "a sample service whose key file does not exist",
    read: () => serverSettings({ SERVICE_TLS_KEY_FILE: inFolder("none.key") }, 8443),
    message: [
      'SERVICE_TLS_KEY_FILE is "<folder>/none.key", which cannot be read (ENOENT); allowed: the path of a PEM file',
      "SERVICE_TLS_CERTIFICATE_FILE is not set; allowed: the path of a PEM file",
    ],
  },
];

/** Reads the token file in the same way as every request for an access token. */
async function federated(file: string): Promise<unknown> {
  const variables = { ...valid, SERVICE_CREDENTIAL: "federated", AZURE_FEDERATED_TOKEN_FILE: file };
  const source = new CredentialSource(configurationFrom(variables), "https://login.microsoftonline.com", fetch);
  const credential = await source.read(AbortSignal.timeout(10_000));
  const { clientAssertion } = credential.authentication() as { readonly clientAssertion?: () => Promise<string> };
  return clientAssertion?.();
}

export const tokenFiles: readonly Mistake[] = [
  {
    what: "a token file that does not exist",
    read: () => federated(inFolder("none.token")),
    message: [
      "AZURE_FEDERATED_TOKEN_FILE is <folder>/none.token, which cannot be read (ENOENT); allowed: the file where Kubernetes writes the token of the pod's service account",
    ],
  },
  {
    what: "a token file that is empty",
    read: () => federated(fileWith("empty.token", "\n")),
    message: [
      "AZURE_FEDERATED_TOKEN_FILE is <folder>/empty.token, which is empty; allowed: the file where Kubernetes writes the token of the pod's service account",
    ],
  },
  {
    what: "a token file that is a folder",
    read: () => federated(inFolder("")),
    message: [
      "AZURE_FEDERATED_TOKEN_FILE is <folder>, which cannot be read (EISDIR); allowed: the file where Kubernetes writes the token of the pod's service account",
    ],
  },
];

const github = {
  GITHUB_ACTIONS: "true",
  GITHUB_API_URL: "https://api.github.com",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_TOKEN: "ghs_1",
};

export const environmentsOfCommands: readonly Mistake[] = [
  {
    what: "a command without a subscription",
    read: () => SignedInTenant.signIn({}),
    message: ["ARM_SUBSCRIPTION_ID is not set; allowed: the id of the stack's subscription, a GUID"],
  },
  {
    what: "a command with a name instead of the subscription's id",
    read: () => SignedInTenant.signIn({ ARM_SUBSCRIPTION_ID: "Production" }),
    message: ['ARM_SUBSCRIPTION_ID is "Production"; allowed: a GUID'],
  },
  {
    what: "a command with a name instead of the client id",
    read: () => SignedInTenant.signIn({ ARM_SUBSCRIPTION_ID: tenant, ARM_CLIENT_ID: "deployer" }),
    message: ['ARM_CLIENT_ID is "deployer"; allowed: a GUID'],
  },
  {
    what: "a command with a cloud that does not exist",
    read: () => SignedInTenant.signIn({ ARM_SUBSCRIPTION_ID: tenant, ARM_METADATA_HOSTNAME: "localhost:1" }),
    message: [
      'ARM_METADATA_HOSTNAME is "localhost:1", but https://localhost:1/metadata/endpoints?api-version=2022-09-01 does not describe a cloud; allowed: a host like localhost:8443, or no value for the public cloud',
    ],
  },
  {
    what: "a comment outside a pipeline",
    read: () => comment("text", { GITHUB_ACTIONS: "true" }),
    message: [
      "GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_REF are not set; run this command in a pipeline that runs for a pull request",
    ],
  },
  {
    what: "a comment in a run for a branch",
    read: () => comment("text", { ...github, GITHUB_REF: "refs/heads/main" }),
    message: ['GITHUB_REF is "refs/heads/main"; allowed: the ref of a pull request, for example refs/pull/7/merge'],
  },
];
