#!/usr/bin/env bash
# Moves the tag deployed/<stack> to the checked-out revision. If another run has deployed a later revision since, the tag does not move.
set -euo pipefail
stack=${1:?the stack, as in prod}
tag=refs/tags/deployed/$stack
git fetch --quiet --force origin "+$tag:$tag" 2>/dev/null || git update-ref -d "$tag"
before=$(git rev-parse --quiet --verify "$tag" || true)
if [ -n "$before" ] && git merge-base --is-ancestor HEAD "$tag"; then
  echo "deployed/$stack is already at $(git rev-parse --short "$tag")."
  exit
fi
# Fails if somebody has moved the tag in the meantime. Uses the full name, because a branch may have the same short name.
git push --quiet --force-with-lease="$tag:$before" origin "HEAD:$tag"
echo "deployed/$stack is at $(git rev-parse --short HEAD)."
