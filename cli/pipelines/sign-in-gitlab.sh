# Sourced in a job of GitLab CI that has the id token ARM_OIDC_TOKEN: passes it to the providers, and to the clients of the state and
# its key, which read it from a file. With CONSENTS=true the providers sign in as the consenter; with AUDITS=true everything signs in as
# the auditor; otherwise as the registrar.
: "${ARM_OIDC_TOKEN:?the job needs an id token of this name}" "${REGISTRAR_CLIENT_ID:?}"
: "${AZURE_TENANT_ID:?}" "${AZURE_SUBSCRIPTION_ID:?}"
ARM_CLIENT_ID=$REGISTRAR_CLIENT_ID
if [ "${CONSENTS:-false}" = true ]; then ARM_CLIENT_ID=${CONSENTER_CLIENT_ID:?}; fi
AZURE_CLIENT_ID=$REGISTRAR_CLIENT_ID
if [ "${AUDITS:-false}" = true ]; then
  ARM_CLIENT_ID=${AUDITOR_CLIENT_ID:?}
  AZURE_CLIENT_ID=$AUDITOR_CLIENT_ID
fi
AZURE_FEDERATED_TOKEN_FILE=$(mktemp)
printf %s "$ARM_OIDC_TOKEN" >"$AZURE_FEDERATED_TOKEN_FILE"
trap 'rm -f "$AZURE_FEDERATED_TOKEN_FILE"' EXIT
export ARM_USE_OIDC=true ARM_CLIENT_ID ARM_TENANT_ID=$AZURE_TENANT_ID ARM_SUBSCRIPTION_ID=$AZURE_SUBSCRIPTION_ID
export AZURE_CLIENT_ID AZURE_FEDERATED_TOKEN_FILE
