#!/usr/bin/env bash
# The daily run of a stack: quotas and policies, drift since the last deployment, rotation, findings of the rules, credentials that expire
# soon, drift after the rotation, and with AUDIT=true access that no deployment created. Each step runs even if an earlier one has found
# something; then the exit code is 1. The second argument selects one part: before, rotation or after. If a sign-in lasts only for minutes,
# each part needs its own.
set -uo pipefail
stack=${1:?the stack, as in prod}
part=${2:-all}
case $part in all | before | rotation | after) ;; *)
  echo "the part is $part; allowed: before, rotation, after, or nothing for all of them" >&2
  exit 2
  ;;
esac
is_part() { [ "$part" = all ] || [ "$part" = "$1" ]; }
found=0
step() {
  echo "== $1"
  shift
  "$@" || found=1
}
expiry() { pulumi stack output --stack "$stack" --json | npm run --silent expiry -- --within 14d; }
# Data that could not be read is listed in the log, but is not a failure: otherwise a pipeline without Policy.Read.All would fail every day.
preflight() {
  npm run --silent preflight -- --stack "$stack"
  local code=$?
  [ "$code" -eq 2 ] || return "$code"
}
audit() {
  local bootstrap
  bootstrap=$(mktemp)
  # The bootstrap declares the rights of the pipelines themselves.
  pulumi stack export --cwd bootstrap --stack "$stack" --file "$bootstrap" &&
    npm run --silent audit -- --stack "$stack" --also "$bootstrap"
  local code=$?
  rm -f "$bootstrap"
  return "$code"
}
common=(--stack "$stack" --non-interactive --color never)

if is_part before; then
  step "Quotas, limits and policies" preflight
  step "Drift since the last deployment" pulumi refresh "${common[@]}" --preview-only --expect-no-changes
fi
if is_part rotation; then
  # Findings of the preflight are reported above, and findings of the rules below. They must not stop the rotation of secrets:
  # this revision has been deployed before, and only the date has changed.
  policy=(--policy-pack packages/review/pack --policy-pack-config packages/review/pack/upkeep.json)
  step "Rotation" npm run --silent up -- --stack "$stack" --skip-preflight "${policy[@]}"
fi
if is_part after; then
  step "Findings of the rules" npm run --silent review -- --stack "$stack" --fail-on high
  step "Credentials that expire soon" expiry
  step "Drift after the rotation" pulumi preview "${common[@]}" --refresh --expect-no-changes
  if [ "${AUDIT:-false}" = true ]; then step "Access that no deployment created" audit; fi
fi
exit "$found"
