#!/usr/bin/env bash
# Runs on the host, as root, from the folder that deploy-host.sh has put there. Standard input: the registry's password, or nothing.
#   install.sh RELEASE REGISTRY
# Exit codes: 0; 1 when the new version does not run (the one before does again, if there is one), 3 when another deploy is running.
set -Eeuo pipefail
root=${ANALYTICS_ROOT:-}
home=$root/opt/analytics
incoming=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
release=$1 registry=$2
ready_within=${READY_WITHIN:-300}

say() { echo "host: $*"; }
step=
step() { step=$1; say "$1"; }
trap '[ $? -eq 0 ] || say "FAILED at: $step" >&2' EXIT

compose() { docker compose --project-name analytics --project-directory "$1" --env-file "$1/.env" --env-file "$1/images.env" --file "$1/compose.yaml" "${@:2}"; }

# sshd takes keys only; what it would do is asked, not believed.
harden_sshd() {
  install -D --mode=600 "$incoming/sshd.conf" "$root/etc/ssh/sshd_config.d/00-analytics.conf"
  sshd -t
  systemctl reload sshd.service
  local settings
  settings=$(sshd -T)
  local setting
  for setting in passwordauthentication kbdinteractiveauthentication; do
    grep --quiet --line-regexp --ignore-case "$setting no" <<<"$settings" ||
      { say "sshd still takes passwords ($setting); does its sshd_config include sshd_config.d before it says otherwise?" >&2; return 1; }
  done
}

install_programs() {
  if ! command -v docker >/dev/null; then dnf install --assumeyes --quiet docker; fi
  if [ -f "$incoming/docker-compose" ]; then install -D --mode=755 "$incoming/docker-compose" "$root/usr/local/lib/docker/cli-plugins/docker-compose"; fi
  systemctl enable --now docker.service
}

# Each version keeps its own .env: going back, a bad value goes too.
place_files() {
  local folder=$home/releases/$release
  mkdir -p "$folder"
  if [ -f "$incoming/host.env" ]; then
    install --mode=600 "$incoming/host.env" "$folder/.env"
  elif [ -f "$home/current/.env" ]; then
    [ "$home/current/.env" -ef "$folder/.env" ] || install --mode=600 "$home/current/.env" "$folder/.env"
  else
    say 'this host has no .env yet: give it once as HOST_ENV (deploy/docker/.env.example names its values).' >&2
    return 1
  fi
  install --mode=644 --target-directory="$folder" "$incoming"/files/*
  install --mode=755 --target-directory="$home" "$incoming/prune.sh"
}

# The login lives for this pull.
pull() {
  local login password code=0
  password=$(cat)
  login=$(mktemp -d)
  if [ -n "$password" ]; then DOCKER_CONFIG=$login docker login --username AWS --password-stdin "$registry" <<<"$password" || code=$?; fi
  if [ "$code" -eq 0 ]; then DOCKER_CONFIG=$login compose "$home/releases/$release" pull --quiet || code=$?; fi
  rm -rf "$login"
  return "$code"
}

ready() {
  local port deadline=$((SECONDS + ready_within))
  for port in 5001 5000; do
    until curl -fsS --max-time 5 --output /dev/null "http://localhost:$port/health/ready"; do
      [ "$SECONDS" -lt "$deadline" ] || { say "/health/ready of port $port did not answer 200 within $ready_within s." >&2; return 1; }
      sleep 2
    done
  done
}

# Up, and ready.
run() { compose "$1" up --detach --remove-orphans && ready; }

go_back() {
  compose "$home/releases/$release" ps --all >&2 || true
  compose "$home/releases/$release" logs --no-color --tail 50 >&2 || true
  [ -n "$before" ] || { say "there is no version before $release to go back to." >&2; return 1; }
  step "go back to ${before##*/}"
  run "$before" || { say "${before##*/} does not become ready either." >&2; return 1; }
  say "rolled back to ${before##*/}: $release did not become ready." >&2
  return 1
}

remember() {
  ln -sfn "$home/releases/$release" "$home/current"
  if [ -n "$before" ]; then
    ln -sfn "$before" "$home/previous"
    compose "$before" config --images | sort >"$home/images.previous"
  fi
  compose "$home/releases/$release" config --images | sort >"$home/images.current"
}

step 'wait for no other deploy'
mkdir -p "$home"
exec 9>"$home/lock"
flock --nonblock 9 || { say 'another deploy is running.' >&2; exit 3; }
before=$(readlink "$home/current" || true)
# Deployed again, a version cannot be its own way back.
if [ "$before" = "$home/releases/$release" ]; then before=$(readlink "$home/previous" || true); fi

step 'sshd takes keys only'
harden_sshd
step 'install programs'
install_programs
step 'place the files'
place_files
step 'remove old images'
"$home/prune.sh" "$home"
step 'pull the images'
pull
step "start $release"
run "$home/releases/$release" || go_back
step 'remember the images'
remember
"$home/prune.sh" "$home"
say "ready: $release"
