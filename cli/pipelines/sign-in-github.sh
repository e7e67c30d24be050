#!/usr/bin/env bash
# In a job of GitHub: lets the providers ask for a token with the audience that another cloud than the public one takes in
# exchange. They ask for the public cloud's if the address does not say which.
set -euo pipefail
if [ -z "${TOKEN_EXCHANGE_AUDIENCE:-}" ]; then exit 0; fi
url=${ACTIONS_ID_TOKEN_REQUEST_URL:?the job needs the permission id-token: write}
{
  echo "ARM_OIDC_REQUEST_URL=$url&audience=$TOKEN_EXCHANGE_AUDIENCE"
  echo "ARM_OIDC_AUDIENCE=$TOKEN_EXCHANGE_AUDIENCE"
} >>"${GITHUB_ENV:?the file for the variables of later steps}"
