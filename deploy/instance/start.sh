#!/usr/bin/env bash
# Makes this instance what its role says and waits until it is ready; run twice, it is the same as run once. The first start comes from
# the launch template's user data, with the values in the environment; by hand, as root, it takes those of the first start:
#   /opt/analytics/current/instance/start.sh
set -Eeuo pipefail

root=${ANALYTICS_ROOT:-}
home=$root/opt/analytics
release=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
instance=$release/instance
PATH=$PATH:/opt/aws/amazon-cloudwatch-agent/bin

# Seconds until an instance that does not become ready counts as failed; the launching hook's time-out (900 s) is longer.
ready_within=${READY_WITHIN:-600}
retry_after=${RETRY_AFTER:-10}

step=
step() { step=$1; echo "start: $1"; }
trap '[ $? -eq 0 ] || echo "start: FAILED at: $step" >&2' EXIT

# Mirrors and registries fail for moments; what fails three times has failed.
thrice() {
  "$@" && return
  sleep "$retry_after"
  "$@" && return
  sleep "$retry_after"
  "$@"
}

# One NAME='value' line: the form that bash, systemd and Docker Compose read alike, and literally.
line() {
  case $2 in *"'"* | *$'\n'*) echo "The value of $1 has a quote or a line end; neither can be kept in an environment file." >&2; return 1 ;; esac
  printf "%s='%s'\n" "$1" "$2"
}

remember_values() {
  mkdir -p "$home"
  if [ -z "${ROLE:-}" ]; then
    set -a
    # shellcheck source=/dev/null
    . "$home/instance.env"
    set +a
    return
  fi
  local name
  for name in STACK ROLE RELEASE REGION PORT GROUP LAUNCHING_HOOK TERMINATING_HOOK REGISTRY STORE_URL PARAMETERS INSTANCE_ID $(compgen -e | grep -E '^DATABASE_|_IMAGE$|^DRAIN_SECONDS$' || true); do
    line "$name" "${!name:?is not set}"
  done >"$home/instance.env.new"
  mv "$home/instance.env.new" "$home/instance.env"
}

install_programs() {
  thrice dnf install --assumeyes --quiet docker amazon-cloudwatch-agent
  # Amazon Linux has no package of it; the bundle's hash covers this file.
  install -D --mode=755 "$instance/docker-compose" "$root/usr/local/lib/docker/cli-plugins/docker-compose"
  systemctl enable --now docker.service
}

# What the compose file refers to: the stack's values, then the role's parameters (API keys), which only root can read here.
write_environment() {
  local found name value
  found=$(thrice aws ssm get-parameters-by-path --region "$REGION" --path "$PARAMETERS" --with-decryption \
    --query 'Parameters[].[Name,Value]' --output text)
  [ -n "$found" ] || { echo "There is no parameter under $PARAMETERS; the guide's step \"Keys\" makes them." >&2; return 1; }
  (
    umask 077
    {
      cat "$home/instance.env"
      line AWS_REGION "$REGION"
      while IFS=$'\t' read -r name value; do line "${name##*/}" "$value" || exit; done <<<"$found"
    } >"$home/.env.new"
  )
  mv "$home/.env.new" "$home/.env"
}

# A registry's login ends after 12 hours. So there is none to go stale: each pull has one of its own.
pull() {
  local password login code=0
  password=$(aws ecr get-login-password --region "$REGION") || return
  login=$(mktemp -d) || return
  { DOCKER_CONFIG=$login docker login --username AWS --password-stdin "$REGISTRY" <<<"$password" &&
    DOCKER_CONFIG=$login "$instance/compose.sh" pull --quiet; } || code=$?
  rm -rf "$login"
  return "$code"
}

start_agent() {
  amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c "file:$release/agent.json"
}

start_units() {
  install -D --mode=644 --target-directory="$root/etc/systemd/system" "$instance/analytics.service" "$instance/analytics-termination.service"
  systemctl daemon-reload
  systemctl enable analytics.service analytics-termination.service
  systemctl reload-or-restart analytics.service
  systemctl restart analytics-termination.service
}

await_ready() {
  local deadline=$((SECONDS + ready_within))
  until curl -fsS --max-time 5 --output /dev/null "http://localhost:$PORT/health/ready"; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "/health/ready of port $PORT did not answer 200 within $ready_within s. What the containers say:" >&2
      "$instance/compose.sh" ps --all >&2 || true
      "$instance/compose.sh" logs --no-color --tail 50 >&2 || true
      return 1
    fi
    sleep 2
  done
}

# Which images the next prune must spare: those of now and those before.
remember_images() {
  "$instance/compose.sh" config --images | sort >"$home/images.new"
  if [ -f "$home/images.current" ] && ! cmp --silent "$home/images.new" "$home/images.current"; then
    mv "$home/images.current" "$home/images.previous"
  fi
  mv "$home/images.new" "$home/images.current"
}

step 'remember what this instance is'
remember_values
step 'install programs'
install_programs
step 'write the configuration'
write_environment
ln -sfn "$release" "$home/current"
step 'remove old images'
"$instance/prune.sh"
step 'pull the images'
thrice pull
step 'start the CloudWatch agent'
start_agent
step 'start the containers'
start_units
step 'wait for /health/ready'
await_ready
step 'remember the images'
remember_images
"$instance/prune.sh"
echo "start: ready"
