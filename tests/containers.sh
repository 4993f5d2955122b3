#!/usr/bin/env bash
# Builds the published images, brings the published compose file up as it is, and checks what it promises: health, a prediction,
# a retrain that is served, each service back after its process is killed, no root, no capabilities, nothing to write to,
# labels, and a stop that loses nothing.
#   tests/containers.sh            all of it; 77 where no engine answers and none can be started
#   tests/containers.sh figures    sizes, start to first prediction, memory (docs/performance.md)
# Base images come from their registry, or, where none answers, are made from this machine (tests/containers/base-images.sh).
# COMPOSE chooses the program: "docker compose" or "docker-compose".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=analytics-check-$$
work=$(mktemp -d)
engine='' borrowed=() keys=()
step() { printf '== %s (%s s)\n' "$1" "$SECONDS"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# shellcheck source=tests/containers/engine.sh
. tests/containers/engine.sh
# shellcheck source=tests/containers/checks.sh
. tests/containers/checks.sh
# shellcheck source=tests/containers/figures.sh
. tests/containers/figures.sh

finish() {
  local status=$?
  if [ "$status" -ne 0 ] && [ -f "$work/.env" ]; then
    compose ps || :
    compose logs --tail 30 || :
  fi
  [ ! -f "$work/.env" ] || compose down --volumes --timeout 10 >/dev/null 2>&1 || :
  docker rmi "$project-scorer:check" "$project-trainer:check" >/dev/null 2>&1 || :
  release_bases
  stop_engine
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

start_engine
step 'Base images'
take_bases
write_environment

step 'Build both images'
# In the foreground: a signal to end this script is for Compose as well.
timeout --foreground 900 "${compose[@]}" build >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log" >&2; fail 'the images were not built'; }

step 'Up, until everything is healthy'
began=$SECONDS
timeout --foreground 180 "${compose[@]}" up -d >"$work/up.log" 2>&1 || { cat "$work/up.log" >&2; fail 'compose up did not end well within 180 s'; }
for service in postgres trainer scorer; do wait_healthy "$service"; done
echo "healthy after $((SECONDS - began)) s, sample models trained"

case ${1:-} in
  '') run_checks ;;
  figures) print_figures ;;
  *) fail "'$1' is no part of this; expected nothing, or figures" ;;
esac
step 'Everything as published'
