#!/usr/bin/env bash
# Installs the Pulumi CLI and the provider plugins in the versions of package.json, for Linux on x64. Each download must have the
# digest in pulumi-digests.txt. Prints the folder of the CLI, which has to be added to the PATH.
# With --record it installs nothing, and writes the digests of what it downloads into that file.
set -euo pipefail
usage="Usage: cli/pipelines/install-pulumi.sh [--record]"
case "$*" in
"" | --record) ;;
*)
  echo "$usage, but the arguments are: $*" >&2
  exit 2
  ;;
esac
here=$(dirname "${BASH_SOURCE[0]}")
digests=$here/pulumi-digests.txt
target=${PULUMI_HOME:-$HOME/.pulumi}
downloads=$(mktemp -d)
trap 'rm -rf "$downloads"' EXIT

version() { jq --raw-output --exit-status --arg name "$1" '.dependencies[$name]' "$here/../../package.json"; }
# download <folder of the server> <file>
download() {
  curl --fail --silent --show-error --location --proto '=https' --proto-redir '=https' \
    --output "$downloads/$2" "https://get.pulumi.com/releases/$1/$2" >&2
}
check() {
  if ! grep --quiet --fixed-strings --line-regexp "$(cd "$downloads" && sha256sum "$1")" "$digests"; then
    echo "$1 does not have the digest in $digests, or the file has none of it." >&2
    echo "After an upgrade of package.json, run cli/pipelines/install-pulumi.sh --record and have its change reviewed." >&2
    exit 1
  fi
}

cli=pulumi-v$(version @pulumi/pulumi)-linux-x64.tar.gz
plugins=(azure-native azuread random)
archive() { echo "pulumi-resource-$1-v$(version "@pulumi/$1")-linux-amd64.tar.gz"; }

if [ "${1:-}" = --record ]; then
  download sdk "$cli"
  for plugin in "${plugins[@]}"; do download plugins "$(archive "$plugin")"; done
  comments=$(grep '^#' "$digests")
  { echo "$comments" && cd "$downloads" && sha256sum -- *.tar.gz; } > "$digests.new"
  mv "$digests.new" "$digests"
  exit
fi

download sdk "$cli"
check "$cli"
mkdir -p "$target/bin"
tar --extract --gzip --file "$downloads/$cli" --directory "$target/bin" --strip-components 1
for plugin in "${plugins[@]}"; do
  download plugins "$(archive "$plugin")"
  check "$(archive "$plugin")"
  "$target/bin/pulumi" plugin install resource "$plugin" "$(version "@pulumi/$plugin")" --exact --file "$downloads/$(archive "$plugin")" >&2
done
echo "$target/bin"
