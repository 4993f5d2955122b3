# shellcheck shell=bash disable=SC2154
# How the outside behaves to an instance: metadata, registry, parameters, and an engine that knows its images.
engine=$STAGE/images # a line an image: id and reference
used=$STAGE/used     # ids that containers use
id_of() { printf 'sha256:%s\n' "$(printf %s "$1" | sha256sum | cut -d ' ' -f 1)"; }
touch "$engine" "$used"

case $line in
  curl*/latest/api/token) echo "metadata-token" ;;
  curl*metadata-token*/instance-id) echo i-0123456789abcdef0 ;;
  curl*169.254*) echo 'curl: (22) 401: no token' >&2; exit 22 ;;
  'aws s3 cp'*) cp "$STAGE/bundle.tar.gz" "${*: -1}" ;;
  'aws ssm get-parameters-by-path'*) cat "$STAGE/parameters" ;;
  'aws ecr get-login-password'*) cat "$STAGE/token" ;;
  'docker login'*)
    mkdir -p "${DOCKER_CONFIG:-$HOME/.docker}"
    cat >"${DOCKER_CONFIG:-$HOME/.docker}/config.json"
    ;;
  'docker compose '*' pull --quiet')
    [ "$(<"$STAGE/token")" = "$(cat "${DOCKER_CONFIG:-$HOME/.docker}/config.json")" ] || { echo 'denied: Your authorization token has expired.' >&2; exit 1; }
    # shellcheck source=/dev/null
    . "$ANALYTICS_ROOT/opt/analytics/.env"
    grep -q " $SCORER_IMAGE\$" "$engine" || echo "$(id_of "$SCORER_IMAGE") $SCORER_IMAGE" >>"$engine"
    if [ "$(wc -l <"$engine")" -gt "${DISK:-99}" ]; then
      sed -i '$d' "$engine"
      echo 'failed to register layer: no space left on device' >&2
      exit 1
    fi
    ;;
  'docker compose '*' config --images')
    # shellcheck source=/dev/null
    . "$ANALYTICS_ROOT/opt/analytics/.env"
    echo "$SCORER_IMAGE"
    ;;
  'systemctl reload-or-restart analytics.service')
    # shellcheck source=/dev/null
    . "$ANALYTICS_ROOT/opt/analytics/.env"
    id_of "$SCORER_IMAGE" >"$used"
    ;;
  'docker container ls --all --quiet') [ ! -s "$used" ] || echo container-1 ;;
  'docker container inspect'*) cat "$used" ;;
  'docker image ls --all --quiet --no-trunc') cut -d ' ' -f 1 "$engine" ;;
  'docker image inspect'*) grep " ${*: -1}\$" "$engine" | cut -d ' ' -f 1 | grep . ;;
  'docker image rm --force '*) sed -i "/^${*: -1} /d" "$engine" ;;
esac
