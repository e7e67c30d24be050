#!/usr/bin/env bash
# Checks whether the checked-out revision grants or revokes anything in a stack, compared with the deployed one (the tag
# deployed/<stack>). With `true` as the second argument, it assumes that it does. Prints the environment to deploy in and the identity that
# must sign in, as `name=value` lines.
set -euo pipefail
stack=${1:?the stack, as in prod}
if [ "${2:-false}" = true ]; then
  # As the second argument demands.
  consents=true
elif git rev-parse --quiet --verify "refs/tags/deployed/$stack" >/dev/null; then
  review=$(npm run --silent review -- --stack "$stack" --against "refs/tags/deployed/$stack" --format json --fail-on never)
  consents=$(node --print 'JSON.parse(fs.readFileSync(0, "utf8")).change.consents' <<<"$review")
else
  # Nothing is deployed yet: everything is new.
  consents=true
fi
echo "consents=$consents"
if [ "$consents" = true ]; then echo "environment=$stack-consent"; else echo "environment=$stack"; fi
