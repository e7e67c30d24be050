// readSecret.mjs
import { DefaultAzureCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";

// A local Azure has an authority and vaults of its own.
const credential = new DefaultAzureCredential({ disableInstanceDiscovery: true });
const secrets = new SecretClient(process.env.VAULT_URI, credential, { disableChallengeResourceVerification: true });
console.log((await secrets.getSecret("greeting")).value);
