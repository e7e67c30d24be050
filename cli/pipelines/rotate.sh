#!/usr/bin/env bash
# The daily run of a stack: drift since the last deployment, rotation, credentials that expire soon, drift after it. Each step
# runs even if an earlier one has found something; then the exit code is 1.
set -uo pipefail
stack=${1:?the stack, as in prod}
found=0
step() {
  echo "== $1"
  shift
  "$@" || found=1
}
expiry() { pulumi stack output --stack "$stack" --json | npm run --silent expiry -- --within 14d; }
common=(--stack "$stack" --non-interactive --color never)

step "Drift since the last deployment" pulumi refresh "${common[@]}" --preview-only --expect-no-changes
step "Rotation" pulumi up "${common[@]}" --yes --policy-pack packages/review/pack
step "Credentials that end soon" expiry
step "Drift after the rotation" pulumi preview "${common[@]}" --refresh --expect-no-changes
exit "$found"
