# shellcheck shell=bash
# Docker Compose's plugin, which Amazon Linux has no package of: a pinned release, checked by its hash and kept for the next time.

compose_version=2.40.3
compose_sha256=dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372
compose_url=https://github.com/docker/compose/releases/download/v$compose_version/docker-compose-linux-x86_64
compose=${XDG_CACHE_HOME:-$HOME/.cache}/analytics/docker-compose-$compose_version

fetch_compose() {
  if sha256sum --check --status <<<"$compose_sha256  $compose" 2>/dev/null; then return; fi
  mkdir -p "$(dirname "$compose")"
  curl -fsSL --retry 3 --output "$compose.new" "$compose_url" || fail "Docker Compose $compose_version could not be fetched from $compose_url." "try again, or put it there by hand: $compose"
  sha256sum --check --status <<<"$compose_sha256  $compose.new" || fail "$compose_url has another SHA-256 than $compose_sha256." 'do not use it; find out who changed it.'
  mv "$compose.new" "$compose"
}
