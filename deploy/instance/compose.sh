#!/usr/bin/env bash
# Docker Compose on this instance's containers: /opt/analytics/current/instance/compose.sh ps
set -euo pipefail
home=${ANALYTICS_ROOT:-}/opt/analytics
# The folder itself, not the link to it: another release is another place, so its containers are made anew.
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
exec docker compose --project-name analytics --env-file "$home/.env" --file compose.yaml "$@"
