#!/usr/bin/env bash
# Brings this commit to one host over SSH, and goes back to the version before where the new one does not do. See docs/guide.md, "One host".
#
#   deploy/deploy-host.sh SCORER_IMAGE TRAINER_IMAGE      by digest: REPOSITORY@sha256:…
#
# From the environment:
#   EC2_HOST        the host's name or address
#   EC2_USERNAME    who may log in and use sudo (ec2-user)
#   EC2_SSH_KEY     the private key itself; without it, ssh's own keys
#   EC2_HOST_KEY    the host's public key ("ssh-ed25519 AAAA…"); without it the host must stand in ~/.ssh/known_hosts
#   HOST_ENV        the text of the host's .env (deploy/docker/.env.example); without it the host keeps the one it has
#   RELEASE         a name for this version; the commit
# Where the images are in ECR, AWS credentials that may pull: the host needs none.
# Exit codes: 0; 1 when something failed, 2 when something is not given, 3 when another deploy to the host is running.
set -Eeuo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
workspace=$(mktemp -d)
trap 'rm -rf "$workspace"' EXIT

say() { printf '%s deploy-host: %s\n' "$(date -u +%H:%M:%S)" "$*" >&2; }
fail() {
  say "FAILED: $1"
  [ -z "${2:-}" ] || say "What to do: $2"
  exit "${3:-1}"
}

# shellcheck source=lib/programs.sh
. "$here/lib/programs.sh"

image='^[a-z0-9][a-zA-Z0-9./:_-]*@sha256:[0-9a-f]{64}$'
[ $# -eq 2 ] || fail 'expected two images, of the scorer and of the trainer.' 'deploy/deploy.sh images prints them.' 2
for reference in "$@"; do
  [[ $reference =~ $image ]] || fail "'$reference' is not an image by digest." 'REPOSITORY@sha256: and 64 hexadecimal digits: a tag may be another image tomorrow.' 2
done
scorer=$1 trainer=$2
[ -n "${EC2_HOST:-}" ] || fail 'EC2_HOST is not given.' "set it to the host's name or address." 2
RELEASE=${RELEASE:-$(git -C "$here" rev-parse --short=12 HEAD)}
[[ $RELEASE =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$ ]] || fail "RELEASE is '$RELEASE'; expected letters, digits, '.', '_' and '-'." '' 2

# The host must be the one that is known: a first key is never taken on trust.
options=(-o BatchMode=yes -o StrictHostKeyChecking=yes -o PasswordAuthentication=no -o ConnectTimeout=20 -o ServerAliveInterval=15)
if [ -n "${EC2_SSH_KEY:-}" ]; then
  (umask 077 && printf '%s\n' "$EC2_SSH_KEY" >"$workspace/key")
  options+=(-o IdentitiesOnly=yes -i "$workspace/key")
fi
if [ -n "${EC2_HOST_KEY:-}" ]; then
  while read -r key; do [ -z "$key" ] || printf '%s %s\n' "$EC2_HOST" "${key#"$EC2_HOST" }"; done <<<"$EC2_HOST_KEY" >"$workspace/known_hosts"
  options+=(-o UserKnownHostsFile="$workspace/known_hosts")
fi
# shellcheck disable=SC2029  # What the host shall do is put together here.
remote() { ssh "${options[@]}" "${EC2_USERNAME:-ec2-user}@$EC2_HOST" "$@"; }

registry=${scorer%%/*}
: >"$workspace/password"
if [[ $registry == *.dkr.ecr.*.amazonaws.com ]]; then
  region=${registry#*.dkr.ecr.}
  aws ecr get-login-password --region "${region%%.*}" >"$workspace/password" || fail "AWS gave no password for $registry." 'credentials that may pull from it are needed here; the host needs none.'
fi

say "release $RELEASE to $EC2_HOST"
remote true || fail "$EC2_HOST could not be reached as ${EC2_USERNAME:-ec2-user}." \
  'is it the right key (EC2_SSH_KEY), does EC2_HOST_KEY or ~/.ssh/known_hosts have the host'"'"'s key (ssh-keyscan, compared with the console output), does its security group let you in?'

tree=$workspace/release
mkdir -p "$tree/files"
cp "$here/host/install.sh" "$here/host/sshd.conf" "$here/instance/prune.sh" "$tree/"
find "$here/docker" -maxdepth 1 -type f ! -name '*.Dockerfile' ! -name '.*' -exec cp {} "$tree/files/" \;
printf 'SCORER_IMAGE=%s\nTRAINER_IMAGE=%s\n' "$scorer" "$trainer" >"$tree/files/images.env"
if [ -n "${HOST_ENV:-}" ]; then (umask 077 && printf '%s\n' "$HOST_ENV" >"$tree/host.env"); fi
# 60 MB that are sent once.
if ! remote 'docker compose version' >/dev/null 2>&1; then
  fetch_compose
  install --mode=755 "$compose" "$tree/docker-compose"
fi

incoming=/tmp/analytics-$RELEASE-$$
tar --create --gzip --directory "$tree" . | remote "umask 077 && mkdir '$incoming' && { tar --extract --gzip --directory '$incoming' || { rm -rf '$incoming'; exit 1; }; }" ||
  fail "the release could not be copied to $EC2_HOST:$incoming." 'see the error above; is its disk full?'

# The password goes by standard input: an argument could be read by everybody on the host. What the script ends with, ssh ends with.
code=0
remote "sudo --non-interactive bash '$incoming/install.sh' '$RELEASE' '$registry'; code=\$?; rm -rf '$incoming'; exit \$code" <"$workspace/password" || code=$?
case $code in
  0) say "$EC2_HOST serves $RELEASE" ;;
  3) fail "another deploy to $EC2_HOST is running." 'wait for it.' 3 ;;
  *) fail "$EC2_HOST does not serve $RELEASE (exit code $code)." 'read what it said above; "rolled back" names the version that it serves.' ;;
esac
