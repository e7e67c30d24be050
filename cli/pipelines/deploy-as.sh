#!/usr/bin/env bash
# Writes two identities into the stack's settings, for this job only: the one that the providers sign in as, and the owner of the service principals.
set -euo pipefail
stack=${1:?the stack, as in prod}
client=${2:?the client id that the providers sign in as}
pulumi config set --stack "$stack" azuread:clientId "$client"
pulumi config set --stack "$stack" azure-native:clientId "$client"
pulumi config set --stack "$stack" owner "${REGISTRAR_OBJECT_ID:?the object id of the registrar}"
