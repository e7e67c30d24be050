# read_secret.py
import os

from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient

# A local Azure needs the SDK's checks of host names to be turned off.
credential = DefaultAzureCredential(disable_instance_discovery=True)
secrets = SecretClient(os.environ["VAULT_URI"], credential, verify_challenge_resource=False)
print(secrets.get_secret("greeting").value)
