# shellcheck shell=bash disable=SC2154,SC2001
# How the outside behaves to one host's deploy. ssh runs what it is told right here, as sshd would there: its exit code is the command's.
case $line in
  'ssh '*)
    shift $(($# - 1))
    bash -c "$1"
    exit
    ;;
  'sudo '*)
    shift
    exec "$@"
    ;;
  'sshd -T') printf '%s\n' 'port 22' 'passwordauthentication no' 'kbdinteractiveauthentication no' ;;
  'aws ecr get-login-password'*) echo token-of-today ;;
  'docker login'*) cat >"$DOCKER_CONFIG/config.json" ;;
  'docker compose '*' pull --quiet') grep -q token-of-today "$DOCKER_CONFIG/config.json" ;;
  # What runs is what the last "up" has named.
  'docker compose '*' up --detach --remove-orphans') sed 's/.*--file \([^ ]*\)\/compose.yaml.*/\1/' <<<"$line" >"$STAGE/running" ;;
  'docker compose '*' config --images') sed 's/[^=]*=//' "$(sed 's/.*--env-file \([^ ]*images.env\).*/\1/' <<<"$line")" ;;
  'curl '*'/health/ready') [ ! -f "$(cat "$STAGE/running")/bad" ] ;;
esac
