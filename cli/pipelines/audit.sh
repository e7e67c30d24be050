#!/usr/bin/env bash
# Looks at a deployed stack and changes nothing: what no deployment made, and what is granted and not used. Both are in reports/, as text,
# pages, SARIF, JSON and a patch. The use is read from usage/*.jsonl, and with USAGE_WORKSPACE, the id of a Log Analytics
# workspace, from Entra's sign-ins and the services' metrics there.
# The exit code is 1 if something was found. The reports name what could not be read, and that does not fail.
set -uo pipefail
stack=${1:?the stack, as in prod}
out=reports
mkdir -p "$out"
found=0
# Exit code 2 with a report means that something could not be read, and without one that the command could not run.
step() {
  local title=$1 report=$2 code
  shift 2
  echo "== $title"
  rm -f "$report"
  "$@"
  code=$?
  if [ "$code" -ne 0 ] && ! { [ "$code" -eq 2 ] && [ -f "$report" ]; }; then found=1; fi
}
audit() {
  local bootstrap code
  bootstrap=$(mktemp)
  # The bootstrap declares the rights of the pipelines themselves.
  pulumi stack export --cwd bootstrap --stack "$stack" --file "$bootstrap" &&
    npm run --silent audit -- --stack "$stack" --also "$bootstrap" \
      --out "$out/audit.txt" --out "$out/audit.html" --out "$out/audit.json" --out "$out/audit.sarif"
  code=$?
  rm -f "$bootstrap"
  return "$code"
}
# What a query of the usage report finds in the workspace. The other arguments are for the Azure CLI.
queried() {
  local query=$out/$1.kql
  npm run --silent usage -- --stack "$stack" --query "$1" >"$query" || return 1
  az monitor log-analytics query --workspace "$USAGE_WORKSPACE" --analytics-query "@$query" "${@:2}"
}
usage() {
  local evidence=() files
  files=$(compgen -G "usage/*.jsonl")
  if [ -n "${USAGE_WORKSPACE:-}" ]; then
    queried sign-ins --output json >"$out/sign-ins.json" || return 1
    queried metrics --query "[].line" --output tsv >"$out/metrics.jsonl" || return 1
    evidence=(--sign-ins "$out/sign-ins.json")
    files="$files $out/metrics.jsonl"
  fi
  # shellcheck disable=SC2086 # Several files, whose names have no blanks.
  if [ -n "$files" ]; then evidence+=(--usage $files); fi
  npm run --silent usage -- --stack "$stack" ${evidence[@]+"${evidence[@]}"} \
    --out "$out/usage.md" --out "$out/usage.json" --out "$out/usage.sarif" --out "$out/usage.patch"
}

step "What no deployment made" "$out/audit.txt" audit
step "What is granted and not used" "$out/usage.md" usage
{
  echo '```text'
  cat "$out/audit.txt"
  echo '```'
  cat "$out/usage.md"
} >"$out/summary.md" 2>/dev/null
exit "$found"
