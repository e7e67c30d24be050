#!/usr/bin/env bash
# Writes the pipeline of GitLab CI that deploys the checked-out revision in a stack: in the environment, with the deployment tier and
# as the identity that needs-consent.sh chooses. With `true` as the third argument, the consenter signs in, whatever changes.
set -euo pipefail
stack=${1:?the stack, as in prod}
tier=${2:?the deployment tier of its environment, as in production}
decision=$("$(dirname "${BASH_SOURCE[0]}")/needs-consent.sh" "$stack" "${3:-false}")
valueOf() { sed --quiet "s/^$1=//p" <<<"$decision"; }
if [ "$(valueOf consents)" = true ]; then tier=other; fi
cat <<END
include:
  - local: gitlab/deployment.yml
    inputs:
      stack: $stack
      environment: $(valueOf environment)
      tier: $tier
      consents: "$(valueOf consents)"
END
