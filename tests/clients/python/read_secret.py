# read_secret.py
import os

from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient

# A local Azure has an authority and vaults of its own.
credential = DefaultAzureCredential(disable_instance_discovery=True)
secrets = SecretClient(os.environ["VAULT_URI"], credential, verify_challenge_resource=False)
print(secrets.get_secret("greeting").value)
