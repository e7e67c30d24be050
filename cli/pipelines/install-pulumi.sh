#!/usr/bin/env bash
# Installs the Pulumi CLI in the version of pulumi-digests.txt and the provider plugins in the versions of package.json, for Linux on
# x64 or arm64. Each download must have the digest in that file. If the file has no digest of a plugin, both servers to which its publisher
# uploads it must serve the same bytes. Prints the folder of the CLI, which has to be added to the PATH.
# With --record it installs nothing. It writes the digests of all downloads into the file, after comparing both servers.
set -euo pipefail
usage="Usage: cli/pipelines/install-pulumi.sh [--record [<version of the CLI>]]"
here=$(dirname "${BASH_SOURCE[0]}")
digests=$here/pulumi-digests.txt
cli=$(grep --only-matching --perl-regexp --max-count 1 '(?<=pulumi-v)[0-9]+\.[0-9]+\.[0-9]+(?=-linux-)' "$digests" || true)
case "${1:-}" in
"") [ $# = 0 ] ;;
--record) [ $# -le 2 ] && cli=${2:-$cli} && [[ $cli =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] ;;
*) false ;;
esac || {
  echo "$usage, but the arguments are: $*" >&2
  exit 2
}
case $(uname -m) in
x86_64) machine=x64 ;;
aarch64) machine=arm64 ;;
*)
  echo "The machine is $(uname -m); allowed: x86_64, aarch64. Install Pulumi there yourself." >&2
  exit 1
  ;;
esac
target=${PULUMI_HOME:-$HOME/.pulumi}
downloads=$(mktemp -d)
trap 'rm -rf "$downloads"' EXIT
plugins=(azure-native azuread random)

version() { node --print 'require(path.resolve(process.argv[1])).dependencies[process.argv[2]]' "$here/../../package.json" "@pulumi/$1"; }
# archive <plugin, or pulumi for the CLI> <x64 or arm64>
archive() {
  if [ "$1" = pulumi ]; then echo "pulumi-v$cli-linux-$2.tar.gz"; else echo "pulumi-resource-$1-v$(version "$1")-linux-${2/x64/amd64}.tar.gz"; fi
}
# download <address> <file>
download() {
  curl --fail --silent --show-error --location --retry 3 --proto '=https' --proto-redir '=https' --output "$downloads/$2" "$1" >&2
}
from_pulumi() {
  local folder=plugins
  [ "$1" != pulumi ] || folder=sdk
  download "https://get.pulumi.com/releases/$folder/$2" "$2"
}
# The publishers upload the same file to their releases on GitHub. Fails if it differs from the downloaded one.
same_on_github() {
  local repository=pulumi-$1 version=$cli
  if [ "$1" = pulumi ]; then repository=pulumi; else version=$(version "$1"); fi
  download "https://github.com/pulumi/$repository/releases/download/v$version/$2" "$2.github"
  if cmp --silent "$downloads/$2" "$downloads/$2.github"; then return; fi
  echo "$2 is not the same on get.pulumi.com and on GitHub. Install neither, and ask its publisher." >&2
  exit 1
}
check() {
  if grep --quiet --fixed-strings --line-regexp "$(cd "$downloads" && sha256sum "$2")" "$digests"; then return; fi
  # A plugin that once had a digest must always have one.
  if [ "$1" = pulumi ] || grep --quiet "pulumi-resource-$1-v" "$digests"; then
    echo "$2 does not have the digest in $digests, or this file has no digest for it." >&2
    echo "After an upgrade, run cli/pipelines/install-pulumi.sh --record and have its change reviewed." >&2
    exit 1
  fi
  same_on_github "$1" "$2"
  echo "$2 has no digest in $digests. It is accepted because get.pulumi.com and GitHub serve the same file." >&2
}

if [ "${1:-}" = --record ]; then
  grep '^#' "$digests" > "$digests.new"
  for each in pulumi "${plugins[@]}"; do
    for machine in x64 arm64; do
      file=$(archive "$each" "$machine")
      from_pulumi "$each" "$file"
      same_on_github "$each" "$file"
      (cd "$downloads" && sha256sum "$file") >> "$digests.new"
      rm "$downloads/$file" "$downloads/$file.github"
    done
  done
  mv "$digests.new" "$digests"
  exit
fi

if [ -z "$cli" ]; then
  echo "$digests contains no version of the CLI. Run cli/pipelines/install-pulumi.sh --record <version of the CLI>." >&2
  exit 1
fi
file=$(archive pulumi "$machine")
from_pulumi pulumi "$file"
check pulumi "$file"
mkdir -p "$target/bin"
tar --extract --gzip --file "$downloads/$file" --directory "$target/bin" --strip-components 1
for plugin in "${plugins[@]}"; do
  file=$(archive "$plugin" "$machine")
  from_pulumi "$plugin" "$file"
  check "$plugin" "$file"
  "$target/bin/pulumi" plugin install resource "$plugin" "$(version "$plugin")" --exact --file "$downloads/$file" >&2
done
echo "$target/bin"
