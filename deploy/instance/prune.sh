#!/usr/bin/env bash
# Removes the images that no container uses, except those named in images.current and images.previous of the folder: the version that runs
# and the one to go back to. A host that is deployed to for years keeps two versions.
#   prune.sh [FOLDER]     default: /opt/analytics
set -euo pipefail
home=${1:-${ANALYTICS_ROOT:-}/opt/analytics}

kept=$(docker container ls --all --quiet | xargs --no-run-if-empty docker container inspect --format '{{.Image}}')
for list in "$home/images.current" "$home/images.previous"; do
  [ -f "$list" ] || continue
  while read -r image; do
    kept+=$'\n'$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null || true)
  done <"$list"
done

docker image ls --all --quiet --no-trunc | sort --unique | while read -r id; do
  if ! grep --quiet --line-regexp --fixed-strings "$id" <<<"$kept"; then
    # An intermediate layer of an image that stays refuses to go, and needs no room of its own.
    docker image rm --force "$id" >/dev/null 2>&1 && echo "prune: removed $id" || echo "prune: kept $id, which is in use"
  fi
done
