# shellcheck shell=bash
# The container engine, the base images and the compose program for tests/containers.sh.

bases=(aspnet:mcr.microsoft.com/dotnet/aspnet:10.0 sdk:mcr.microsoft.com/dotnet/sdk:10.0)

# One that answers is used and left alone; else one is started, and stopped at the end.
start_engine() {
  if ! docker info >/dev/null 2>&1; then
    if ! command -v docker >/dev/null || ! command -v dockerd >/dev/null; then skip 'no container engine is installed (apt-get install docker.io)'; fi
    if [ "$(id -u)" -ne 0 ]; then skip 'no container engine answers, and only root can start one'; fi
    # In a session of its own: a signal to end this script leaves it for the last look and the clean-up.
    setsid dockerd >"$work/dockerd.log" 2>&1 &
    engine=$!
    for _ in $(seq 100); do
      docker info >/dev/null 2>&1 && break
      kill -0 "$engine" 2>/dev/null || { reason=$(tail -n 1 "$work/dockerd.log"); engine=''; skip "the engine does not start here: $reason"; }
      sleep 0.2
    done
    docker info >/dev/null 2>&1 || skip 'the engine did not answer within 20 s'
  fi
  # The engine's own builder where the client has no other.
  docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0
  if [ -n "${COMPOSE:-}" ]; then
    read -ra compose_command <<<"$COMPOSE"
  elif docker compose version >/dev/null 2>&1; then
    compose_command=(docker compose)
  elif command -v docker-compose >/dev/null; then
    compose_command=(docker-compose)
  else
    skip 'no Compose is installed (apt-get install docker-compose)'
  fi
  compose=("${compose_command[@]}" --project-name "$project" --env-file "$work/.env" --file deploy/docker/compose.yaml)
  echo "engine $(docker version --format '{{.Server.Version}}'), $("${compose_command[@]}" version --short)"
}

stop_engine() {
  [ -n "$engine" ] || return 0
  kill "$engine" 2>/dev/null || :
  wait "$engine" 2>/dev/null || :
}

skip() {
  echo "SKIPPED: $1"
  exit 77
}

# From the registry, or made here. A stand-in has the real name only while it is needed.
take_bases() {
  local base image
  bases+=("postgres:$(published_image postgres)" "collector:$(published_image collector)")
  for base in "${bases[@]}"; do
    image=${base#*:}
    docker image inspect "$image" >/dev/null 2>&1 && continue
    timeout 120 docker pull --quiet "$image" >/dev/null 2>&1 && continue
    docker image inspect "analytics-stand-in/${base%%:*}" >/dev/null 2>&1 || tests/containers/base-images.sh "${base%%:*}" 2>"$work/base.log" ||
      { cat "$work/base.log" >&2; fail "no stand-in for $image"; }
    docker tag "analytics-stand-in/${base%%:*}" "$image"
    borrowed+=("$image")
    echo "stand-in for $image"
  done
}

release_bases() { [ ${#borrowed[@]} -eq 0 ] || docker rmi --no-prune "${borrowed[@]}" >/dev/null 2>&1 || :; }

# The image of a service of the compose file, a variable's default taken.
published_image() {
  sed -n "/^  $1:/,/image:/s/^ *image: *//p" deploy/docker/compose.yaml | head -1 | sed -E 's/^\$\{[A-Z_]+:-(.*)\}$/\1/'
}

compose() { "${compose[@]}" "$@"; }

# As a person fills in .env.example; ports of its own, so that nothing that runs here is in the way.
write_environment() {
  for _ in predict operate; do keys+=("$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"); done
  predict_key=${keys[0]} operate_key=${keys[1]}
  scorer_port=$((20000 + $$ % 10000)) trainer_port=$((30000 + $$ % 10000)) grpc_port=$((40000 + $$ % 10000))
  cat >"$work/.env" <<EOF
COMPOSE_PROJECT_NAME=$project
POSTGRES_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
PREDICT_KEY_SHA256=$(printf %s "$predict_key" | sha256sum | cut -d ' ' -f 1)
OPERATE_KEY_SHA256=$(printf %s "$operate_key" | sha256sum | cut -d ' ' -f 1)
SCORER_IMAGE=$project-scorer:check
TRAINER_IMAGE=$project-trainer:check
SCORER_HTTP_PORT=$scorer_port
SCORER_GRPC_PORT=$grpc_port
TRAINER_HTTP_PORT=$trainer_port
VERSION=1.2.3
REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)
EOF
}

# By its labels, which is faster than Compose.
container() { docker ps --all --quiet --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" | head -1; }

about() { docker inspect --format "$2" "$(container "$1")"; }

wait_healthy() {
  local state='' until
  for ((until = SECONDS + 120; SECONDS < until; )); do
    state=$(about "$1" '{{.State.Health.Status}}' 2>/dev/null || :)
    [ "$state" = healthy ] && return 0
    sleep 0.2
  done
  about "$1" '{{range .State.Health.Log}}{{.Output}}{{end}}' >&2 || :
  fail "$1 is '$state' after 120 s; expected healthy"
}
