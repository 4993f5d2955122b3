# shellcheck shell=bash
# What every part uses: words to the operator, the command line, commands that a dry run only prints.

AWS_REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-2}}
export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION AWS_PAGER=
STACK=${STACK:-analytics}
poll_every=${POLL_EVERY:-15}

dry_run=
what=all
base_parameters=()
service_parameters=()
scorers=
workspace=$(mktemp -d)

say() { printf '%s deploy: %s\n' "$(date -u +%H:%M:%S)" "$*" >&2; }

fail() {
  say "FAILED: $1"
  [ -z "${2:-}" ] || say "What to do: $2"
  exit "${3:-1}"
}

# A command that changes something: a dry run prints it.
change() {
  if [ "$dry_run" ]; then
    printf 'would run: %s\n' "$(printf '%q ' "$@")"
  else
    "$@"
  fi
}

ended() {
  local code=$?
  trap - EXIT
  rm -rf "$workspace"
  release_lock
  [ "$code" -eq 0 ] || say "ended with exit code $code; nothing after the failed step was done."
  exit "$code"
}
trap ended EXIT
trap 'say "line $LINENO of ${BASH_SOURCE[0]##*/}: $BASH_COMMAND"' ERR

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$here/deploy.sh" >&2; }

understand() {
  local argument
  for argument in "$@"; do
    case $argument in
      --dry-run) dry_run=yes ;;
      base | images | all) what=$argument ;;
      [A-Z]*=*) route_parameter "$argument" ;;
      *)
        say "'$argument' is not understood."
        usage
        exit 2
        ;;
    esac
  done
  [[ $STACK =~ ^[a-z][a-z0-9-]{0,21}[a-z0-9]$ ]] || fail "STACK is '$STACK'; expected 2 to 23 lower-case letters, digits and '-', the first a letter." '' 2
  base_parameters+=("Prefix=$STACK") service_parameters+=("Prefix=$STACK")
  RELEASE=${RELEASE:-$(git -C "$repository" rev-parse --short=12 HEAD)}
  [[ $RELEASE =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$ ]] || fail "RELEASE is '$RELEASE'; expected letters, digits, '.', '_' and '-'." '' 2
}

# A parameter belongs to the template that declares it; a misspelt one must not be passed over in silence.
route_parameter() {
  local name=${1%%=*} known=
  case $name in
    # How many scorers there are at least: none until the first models are there.
    ScorerMinSize)
      scorers=${1#*=}
      return
      ;;
    Prefix | Release | *Image | *BundleSha256 | *LaunchTemplateVersion) fail "$name is what the deploy says itself." 'leave it out; STACK and RELEASE are in the environment.' 2 ;;
  esac
  if declares base "$name"; then base_parameters+=("$1") known=yes; fi
  if declares service "$name"; then service_parameters+=("$1") known=yes; fi
  [ "$known" ] || fail "$name is a parameter of neither deploy/aws/base.yaml nor deploy/aws/service.yaml." "read their Parameters; docs/guide.md lists the ones to know." 2
}

# Without a pipe to "grep -q", which ends early: the other side's broken pipe would look like a "no" now and then.
declares() { grep --quiet "^  $2:" <<<"$(sed -n '/^Parameters:/,/^[^ #]/p' "$here/aws/$1.yaml")"; }

require_programs() {
  local program
  for program in aws docker git curl tar gzip sha256sum; do
    command -v "$program" >/dev/null || fail "$program is not installed." "install it; docs/guide.md names what a deploy needs."
  done
  [ "$(git -C "$repository" status --porcelain)" = '' ] || [ "$dry_run" ] ||
    fail 'the work tree has changes that no commit has.' 'commit them: a release is a commit.'
  aws sts get-caller-identity --query Account --output text >/dev/null ||
    fail 'AWS knows no credentials here.' "sign in (aws sso login, or aws configure) and try again."
}

# ScorerImage of scorer, as CloudFormation's parameters and outputs are named.
pascal() { sed -E 's/(^|-)([a-z])/\U\2/g' <<<"$1"; }

roles() { find "$here/aws" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort; }

# Waits until a command succeeds: await SECONDS 'what for' command…
await() {
  local seconds=$1 what_for=$2
  shift 2
  if [ "$dry_run" ]; then
    echo "would wait for: $what_for"
    return
  fi
  say "waiting for $what_for (at most $((seconds / 60)) min)"
  local deadline=$((SECONDS + seconds))
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep "$poll_every"
  done
}
