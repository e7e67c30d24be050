#!/usr/bin/env bash
# In a job of GitHub: lets the providers request a token with the audience of a cloud other than the public one. If the address
# contains no audience, the providers request a token for the public cloud.
set -euo pipefail
if [ -z "${TOKEN_EXCHANGE_AUDIENCE:-}" ]; then exit 0; fi
url=${ACTIONS_ID_TOKEN_REQUEST_URL:?the job needs the permission id-token: write}
{
  echo "ARM_OIDC_REQUEST_URL=$url&audience=$TOKEN_EXCHANGE_AUDIENCE"
  echo "ARM_OIDC_AUDIENCE=$TOKEN_EXCHANGE_AUDIENCE"
} >>"${GITHUB_ENV:?the file for the variables of later steps}"
