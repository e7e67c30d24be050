#!/usr/bin/env bash
# Does what is checked out grant or revoke anything in a stack, compared with what is deployed there (the tag
# deployed/<stack>)? A second argument of `true` says so without looking. Prints the environment to deploy in, and who has to sign in, as `name=value` lines.
set -euo pipefail
stack=${1:?the stack, as in prod}
if [ "${2:-false}" = true ]; then
  # Asked for.
  consents=true
elif git rev-parse --quiet --verify "refs/tags/deployed/$stack" >/dev/null; then
  review=$(npm run --silent review -- --stack "$stack" --against "refs/tags/deployed/$stack" --format json --fail-on never)
  consents=$(jq '.change.consents' <<<"$review")
else
  # Nothing is deployed yet: everything is new.
  consents=true
fi
echo "consents=$consents"
if [ "$consents" = true ]; then echo "environment=$stack-consent"; else echo "environment=$stack"; fi
