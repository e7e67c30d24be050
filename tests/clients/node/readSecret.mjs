// readSecret.mjs
import { DefaultAzureCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";

// A local Azure needs the SDK's checks of host names to be turned off.
const credential = new DefaultAzureCredential({ disableInstanceDiscovery: true });
const secrets = new SecretClient(process.env.VAULT_URI, credential, { disableChallengeResourceVerification: true });
console.log((await secrets.getSecret("greeting")).value);
