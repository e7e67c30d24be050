# Sourced in an AzureCLI task with addSpnToEnvironment: passes the sign-in of the service connection to the providers.
: "${servicePrincipalId:?}" "${tenantId:?}" "${idToken:?}"
export ARM_USE_OIDC=true ARM_CLIENT_ID=$servicePrincipalId ARM_TENANT_ID=$tenantId ARM_OIDC_TOKEN=$idToken
ARM_SUBSCRIPTION_ID=$(az account show --query id --output tsv)
export ARM_SUBSCRIPTION_ID
# The Azure CLI, which signed in with the service connection, reports the connection's cloud.
case $(az cloud show --query name --output tsv) in
  AzureUSGovernment) export ARM_ENVIRONMENT=usgovernment ;;
  AzureChinaCloud) export ARM_ENVIRONMENT=china ;;
esac
