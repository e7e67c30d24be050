#!/usr/bin/env bash
# Fails if the stack was deployed from a later revision than the checked-out one, because an earlier run must not undo a later one.
set -euo pipefail
stack=${1:?the stack, as in prod}
deployed=refs/tags/deployed/$stack
git rev-parse --quiet --verify "$deployed^{commit}" >/dev/null || exit 0
if [ "$(git rev-parse "$deployed^{commit}")" != "$(git rev-parse HEAD)" ] && git merge-base --is-ancestor HEAD "$deployed"; then
  echo "$stack has been deployed from $(git rev-parse --short "$deployed^{commit}"), which is later than $(git rev-parse --short HEAD)." >&2
  echo "Nothing has been changed. To deploy what is on main now, start the pipeline again on main." >&2
  exit 1
fi
