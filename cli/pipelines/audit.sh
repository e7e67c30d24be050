#!/usr/bin/env bash
# Lists access to a deployed stack that no deployment created, and grants that nobody uses. It changes nothing. It writes both reports to
# reports/, as text, pages, SARIF, JSON and a patch. It reads the use from usage/*.jsonl. If USAGE_WORKSPACE is the id of a Log Analytics
# workspace, it also reads Entra's sign-ins and the services' metrics from there.
# The exit code is 1 if something was found. Data that could not be read is listed in the reports, and is not a failure.
set -uo pipefail
stack=${1:?the stack, as in prod}
out=reports
mkdir -p "$out"
found=0
# Exit code 2 of a command: with a report, something could not be read; without a report, the command could not run.
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
# Runs a query of the usage report in the workspace. The other arguments are for the Azure CLI.
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

step "Access that no deployment created" "$out/audit.txt" audit
step "Grants that nobody uses" "$out/usage.md" usage
{
  echo '```text'
  cat "$out/audit.txt"
  echo '```'
  cat "$out/usage.md"
} >"$out/summary.md" 2>/dev/null
exit "$found"
