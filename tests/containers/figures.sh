# shellcheck shell=bash
# The figures of docs/performance.md, for tests/containers.sh figures.

print_figures() {
  local service times=()
  step 'Figures'
  for service in scorer trainer; do
    echo "image of the $service: $(($(docker image inspect --format '{{.Size}}' "$project-$service:check") / 1000000)) MB, of them .NET's image $(($(docker image inspect --format '{{.Size}}' mcr.microsoft.com/dotnet/aspnet:10.0) / 1000000)) MB"
  done
  for _ in 1 2 3 4 5; do times+=("$(first_prediction)"); done
  echo "container start to first prediction with a cached model, ms: ${times[*]}; median $(printf '%s\n' "${times[@]}" | sort -n | sed -n 3p)"
  sleep 5
  for service in "${services[@]}"; do echo "resident memory of $service, idle: $(resident "$service") MB"; done
  if command -v hey >/dev/null; then
    hey -z 20s -c 16 -m POST -T application/json -H "X-Api-Key: $predict_key" -d '{"features":[5.1,3.5,1.4,0.2]}' "http://127.0.0.1:$scorer_port/predict" >"$work/load" &
    sleep 18
    for service in scorer postgres; do echo "resident memory of $service, 16 clients: $(resident "$service") MB"; done
    wait $!
    grep -E 'Requests/sec|99% in|\[[0-9]+\]' "$work/load"
  fi
}

# From the order to start until the answer; the container stays, as after a restart of the machine.
first_prediction() {
  local began
  compose stop scorer >/dev/null 2>&1
  began=${EPOCHREALTIME/./}
  docker start "$(container scorer)" >/dev/null
  until [[ $(curl -s --max-time 5 -X POST "http://127.0.0.1:$scorer_port/predict" -H "X-Api-Key: $predict_key" -H 'Content-Type: application/json' -d '{"features":[5.1,3.5,1.4,0.2]}') == *'"label"'* ]]; do
    sleep 0.01
  done
  echo $(((${EPOCHREALTIME/./} - began) / 1000))
}

# The container's processes together, in MB.
resident() {
  local pid total=0
  for pid in $(docker top "$(container "$1")" -o pid | tail -n +2); do
    total=$((total + $(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")))
  done
  echo $((total / 1000))
}
