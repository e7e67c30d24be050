"""A service: it signs in with its variables, and calls the API inventory."""

import json
import os
import urllib.request

from azure.identity import ClientAssertionCredential, ClientSecretCredential, ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient

env = os.environ
exchange = {
    "usgovernment": "api://AzureADTokenExchangeUSGov",
    "china": "api://AzureADTokenExchangeChina",
}.get(env.get("SERVICE_CLOUD"), "api://AzureADTokenExchange")
# False on Azure. A local Azure needs the SDK's checks of host names to be turned off.
is_local = env.get("AZURE_AUTHORITY_HOST", "").startswith("https://localhost")

# The service's managed identity.
identity = ManagedIdentityCredential(client_id=env["AZURE_CLIENT_ID"])

service = {
    "tenant_id": env["AZURE_TENANT_ID"],
    "client_id": env["SERVICE_CLIENT_ID"],
    "disable_instance_discovery": is_local,
}
if env["SERVICE_CREDENTIAL"] == "secret":
    vault = SecretClient(env["SERVICE_VAULT_URI"], identity, verify_challenge_resource=not is_local)
    secret = vault.get_secret(env["SERVICE_SECRET_NAME"]).value
    credential = ClientSecretCredential(client_secret=secret, **service)
else:
    credential = ClientAssertionCredential(func=lambda: identity.get_token(f"{exchange}/.default").token, **service)

token = credential.get_token(json.loads(env["SERVICE_APIS"])["inventory"]).token
request = urllib.request.Request(env["INVENTORY_URL"], headers={"authorization": f"Bearer {token}"})
with urllib.request.urlopen(request) as answer:
    print(answer.status)
