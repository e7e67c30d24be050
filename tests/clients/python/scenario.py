"""A service's way with Python: it prints one line for each way to sign in."""

import os
import ssl
import urllib.error
import urllib.request

import msal
from azure.core.exceptions import HttpResponseError
from azure.identity import (
    CertificateCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from azure.keyvault.secrets import SecretClient

env = os.environ
client = {"tenant_id": env["AZURE_TENANT_ID"], "client_id": env["AZURE_CLIENT_ID"]}
place = {"authority": env["AUTHORITY"], "disable_instance_discovery": True}


def read(vault, credential):
    secrets = SecretClient(vault, credential, verify_challenge_resource=False)
    try:
        return secrets.get_secret("greeting").value
    except HttpResponseError as error:
        return error.status_code


def call(token):
    request = urllib.request.Request(env["API"], headers={"authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, context=ssl.create_default_context()) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


for name, credential in [
    ("secret", ClientSecretCredential(client_secret=env["CLIENT_SECRET"], **client, **place)),
    ("certificate", CertificateCredential(certificate_path=env["CERTIFICATE_FILE"], **client, **place)),
    ("federation", WorkloadIdentityCredential(token_file_path=env["FEDERATED_TOKEN_FILE"], **client, **place)),
    ("managed identity", ManagedIdentityCredential(client_id=env["IDENTITY_CLIENT_ID"])),
]:
    token = credential.get_token(env["API_SCOPE"]).token
    own, foreign = read(env["OWN_VAULT"], credential), read(env["FOREIGN_VAULT"], credential)
    print(f"{name}: own {own}, foreign {foreign}, api {call(token)}")

application = msal.ConfidentialClientApplication(
    env["AZURE_CLIENT_ID"],
    client_credential=env["CLIENT_SECRET"],
    authority=f"{env['AUTHORITY']}/{env['AZURE_TENANT_ID']}",
    instance_discovery=False,
)
print("msal: api", call(application.acquire_token_for_client([env["API_SCOPE"]])["access_token"]))
