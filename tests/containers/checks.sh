# shellcheck shell=bash
# What the published compose file promises, for tests/containers.sh.

services=(postgres trainer scorer collector)
sent=0

run_checks() {
  step 'A prediction, and who may not ask'
  check_prediction
  step 'A retrain is served'
  check_retrain
  step 'Confined: no root, no capability, nothing to write to, bounds'
  for service in "${services[@]}"; do check_confined "$service"; done
  step 'Labels, ports, the health check of the images'
  check_images
  step 'Each process killed in turn'
  for service in "${services[@]}"; do check_restart "$service"; done
  check_prediction
  step 'A stop under load loses nothing'
  check_stop
  step 'Tests that need an engine'
  run_tests Deployment.Tests CleanContainerTests
  run_tests EndToEnd.Tests ContainerModeTests
}

# ask PATH JSON: the answer of the scorer.
ask() { curl -sS --max-time 10 -X POST "http://127.0.0.1:$scorer_port$1" -H "X-Api-Key: $predict_key" -H 'Content-Type: application/json' -d "$2"; }

operate() { curl -sS --max-time 10 "$@" -H "X-Api-Key: $operate_key" -H 'Content-Type: application/json'; }

predict() {
  ask /predict '{"features":[5.1,3.5,1.4,0.2]}'
  sent=$((sent + 1))
}

check_prediction() {
  local answer status
  predict >"$work/answer"
  answer=$(<"$work/answer")
  [[ $answer == *'"label":"setosa"'* ]] || fail "POST /predict answered $answer"
  echo "$answer"
  status=$(curl -s -o /dev/null -w '%{http_code}' -X POST "http://127.0.0.1:$scorer_port/predict" -H 'Content-Type: application/json' -d '{"features":[5.1,3.5,1.4,0.2]}')
  [ "$status" = 401 ] || fail "POST /predict without a key answered $status; expected 401"
}

check_retrain() {
  local before run state=queued version=
  predict >"$work/answer"
  before=$(sed -E 's/.*"version":([0-9]+).*/\1/' "$work/answer")
  # LightGBM too: its native library needs one that the runtime's image lacks.
  run=$(operate -X POST "http://127.0.0.1:$trainer_port/models/iris/runs" -d '{"dataset":"iris","algorithm":"lightgbm","promote":"force"}' | sed -E 's/.*"id":"([0-9a-f-]+)".*/\1/')
  for _ in $(seq 300); do
    state=$(operate "http://127.0.0.1:$trainer_port/runs/$run" | sed -E 's/.*"state":"([a-z]+)".*/\1/')
    case $state in queued | running) sleep 0.2 ;; *) break ;; esac
  done
  [ "$state" = succeeded ] || fail "run $run is $state: $(operate "http://127.0.0.1:$trainer_port/runs/$run")"
  for _ in $(seq 100); do
    predict >"$work/answer"
    version=$(sed -E 's/.*"version":([0-9]+).*/\1/' "$work/answer")
    [ "$version" -gt "$before" ] && break
    sleep 0.1
  done
  [ "$version" -gt "$before" ] || fail "version $version is served after run $run; expected one after $before"
  echo "version $before, then $version"
}

# Read from the kernel, not from what was asked for.
check_confined() {
  local pid status log
  pid=$(about "$1" '{{.State.Pid}}')
  status=$(<"/proc/$pid/status")
  [[ $(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' <<<"$status") -gt 0 ]] || fail "$1 runs as root"
  [ "$(sed -n 's/^Cap[A-Z][a-z]*:\t//p' <<<"$status" | sort -u)" = 0000000000000000 ] || fail "$1 has capabilities: $(grep ^Cap <<<"$status")"
  [[ $status == *$'NoNewPrivs:\t1'* ]] || fail "$1 may gain privileges"
  grep -q '^[^ ]* / [^ ]* ro[, ]' "/proc/$pid/mounts" || fail "$1 may write to its root: $(head -1 "/proc/$pid/mounts")"
  [ "$(about "$1" '{{.HostConfig.Memory}}')" -gt 0 ] || fail "$1 has no bound on memory"
  log=$(about "$1" '{{index .HostConfig.LogConfig.Config "max-size"}}')
  [ -n "$log" ] || fail "$1 has no bound on its log"
  echo "$1: $(grep ^Uid <<<"$status" | tr '\t' ' '), $(grep ^CapEff <<<"$status" | tr '\t' ' '), root read-only, logs $log"
}

check_images() {
  local service label image
  for service in scorer trainer; do
    image=$project-$service:check
    for label in "title=analytics-$service" version=1.2.3 "revision=$(sed -n 's/^REVISION=//p' "$work/.env")"; do
      [ "$(docker image inspect --format "{{index .Config.Labels \"org.opencontainers.image.${label%%=*}\"}}" "$image")" = "${label#*=}" ] || fail "$image has not the label $label"
    done
    [ "$(docker image inspect --format '{{.Config.User}}' "$image")" = 1654:1654 ] || fail "$image has another user than 1654"
    docker exec --workdir /tmp "$(container "$service")" dotnet "$(docker image inspect --format '{{index .Config.Entrypoint 1}}' "$image")" --health || fail "$service says it is not healthy"
    if docker exec "$(container "$service")" dotnet "$(docker image inspect --format '{{index .Config.Entrypoint 1}}' "$image")" --health http://127.0.0.1:9 2>"$work/health"; then fail "$service calls a port healthy where nobody is"; fi
    cat "$work/health"
  done
  [[ $(docker port "$(container trainer)") == *" 127.0.0.1:$trainer_port" ]] || fail "the trainer's port is open to others: $(docker port "$(container trainer)")"
  curl -sS --max-time 10 "http://127.0.0.1:$scorer_port/openapi/v1.json" >/dev/null || fail 'the description does not answer'
}

check_restart() {
  local before pid began=${EPOCHREALTIME/./}
  before=$(about "$1" '{{.RestartCount}}')
  pid=$(about "$1" '{{.State.Pid}}')
  kill -9 "$pid" 2>/dev/null || sudo -n kill -9 "$pid"
  for _ in $(seq 300); do
    [ "$(about "$1" '{{.RestartCount}} {{.State.Running}}')" = "$((before + 1)) true" ] && break
    sleep 0.1
  done
  [ "$(about "$1" '{{.RestartCount}} {{.State.Running}}')" = "$((before + 1)) true" ] || fail "$1 did not come back"
  [ "$1" = collector ] || wait_healthy "$1"
  echo "$1 killed, back after $(((${EPOCHREALTIME/./} - began) / 1000)) ms"
}

# Asked until the last moment, told to stop in between: what was answered is in the database.
check_stop() {
  local answered=$sent stored scorer='' asking
  scorer=$(container scorer)
  (
    while answer=$(ask /predict '{"features":[5.1,3.5,1.4,0.2]}' 2>/dev/null) && [[ $answer == *'"id":'* ]]; do echo; done >"$work/answered"
  ) &
  asking=$!
  sleep 1
  compose stop scorer >/dev/null 2>&1
  # By its number: the engine may be a child of this script too, and does not end.
  wait "$asking"
  answered=$((answered + $(wc -l <"$work/answered")))
  [ "$(docker inspect --format '{{.State.ExitCode}}' "$scorer")" = 0 ] || fail "the scorer ended with $(docker inspect --format '{{.State.ExitCode}}' "$scorer"); expected 0"
  stored=$(docker exec "$(container postgres)" psql --host=/run/postgresql --username=postgres --dbname=analytics --tuples-only --no-align --command='SELECT count(*) FROM predictions' 2>/dev/null ||
    docker exec --env PGPASSWORD="$(sed -n 's/^POSTGRES_PASSWORD=//p' "$work/.env")" "$(container postgres)" psql --host=127.0.0.1 --username=postgres --dbname=analytics --tuples-only --no-align --command='SELECT count(*) FROM predictions')
  [ "$stored" = "$answered" ] || fail "$answered predictions were answered and $stored are stored"
  echo "$answered answered, $stored stored, exit code 0"
}

# tests PROJECT CLASS: tests that need an engine. Where no other runs they are skipped in their own project's run, since this script's is not yet started.
run_tests() {
  local tests=tests/$1/bin/Debug/net10.0/Analytics.$1.dll
  if [ ! -f "$tests" ]; then echo "not run: $tests is not built"; return; fi
  if ! timeout --foreground 300 dotnet "$tests" --no-ansi --filter-class "*.$2" >"$work/tests.log" 2>&1 || ! grep -q 'succeeded: [1-9]' "$work/tests.log"; then
    cat "$work/tests.log" >&2
    fail "$2 did not pass"
  fi
  echo "$2 passed"
}
