#!/usr/bin/env bash
# Runs the version before on today's schema: its own tests of everything that writes to or reads from PostgreSQL, on databases that today's
# migrations have made. While a fleet is refreshed, and after a roll-back, that is what production does.
#
#   tests/previous-version.sh [COMMIT]      default: the commit before the newest change of Registry/Database/Migrations
#
# The tests of that version take an empty database from PostgresServer, which makes its server by the first initdb on PATH: here one that
# copies a server whose template1 has today's schema, and every database is a copy of template1. Left out are the tests of the migrations themselves.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CI=true DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

migrations=Registry/Database/Migrations
newest=$(git log --first-parent -1 --format=%H -- $migrations)
version=$(git rev-parse --verify "${1:-$newest^1}^{commit}")

programs=$(command -v postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -1)
programs=$(dirname "${programs:?PostgreSQL is not installed: apt-get install postgresql}")
work=$(mktemp -d /tmp/analytics-previous-XXXXXX)
chmod 755 "$work"
server=
trap '[ -z "$server" ] || kill -INT "$server" 2>/dev/null || true; git worktree remove --force "$work/version" 2>/dev/null || true; rm -rf "$work"' EXIT

# PostgreSQL refuses to run as root.
as_server() { if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; else "$@"; fi; }
names() { git ls-tree --name-only "$1" $migrations/ | sed -n 's/.*\/\([0-9]*_[A-Za-z0-9]*\)\.cs$/\1/p'; }

added=$(comm -13 <(names "$version" | sort) <(names HEAD | sort))
[ -n "$added" ] || { echo "No migration was added since $version; there is nothing to show." >&2; exit 1; }
printf 'The version before: %s\nMigrations since:\n%s\n' "$(git log -1 --format='%h %s' "$version")" "$added"

echo '== A server with the schema of today'
mkdir "$work/template" "$work/bin"
[ "$(id -u)" -ne 0 ] || chown postgres "$work/template"
as_server "$programs/initdb" -D "$work/template/data" -U postgres --auth=trust --encoding=UTF8 --no-locale --no-sync >/dev/null
port=$((20000 + RANDOM % 20000))
# The server itself, not its wrapper, is the child whose end is waited for.
(cd "$work/template" && if [ "$(id -u)" -eq 0 ]; then exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$programs/postgres" -D data -p $port -k "$work/template" -c fsync=off; else exec "$programs/postgres" -D data -p $port -k "$work/template" -c fsync=off; fi) >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  [ -S "$work/template/.s.PGSQL.$port" ] && break
  kill -0 $server 2>/dev/null || { cat "$work/server.log" >&2; exit 1; }
  sleep 0.1
done
ConnectionStrings__analytics="Host=127.0.0.1;Port=$port;Username=postgres;Database=template1;Pooling=false" dotnet run --project Trainer.Worker -- migrate
kill -INT $server
wait $server || true
server=

cat >"$work/bin/initdb" <<COPY
#!/usr/bin/env bash
# A copy of the server with the schema of today; for what is asked otherwise than the tests with a database do, the real program.
case " \$* " in
  *' --auth=trust '*) while [ "\$1" != -D ]; do shift; done; cp -R "$work/template/data" "\$2" && chmod 700 "\$2" ;;
  *) exec "$programs/initdb" "\$@" ;;
esac
COPY
chmod 755 "$work/bin/initdb"

echo '== The version before'
git worktree add --quiet --detach "$work/version" "$version"
cd "$work/version"
failed=0
run() {
  local project=$1
  shift
  dotnet build "tests/$project" --nologo -v quiet
  (cd "tests/$project" && PATH="$work/bin:$PATH" dotnet run --no-build -- "$@") || failed=$((failed + 1))
}
run Scorer.Api.Tests --filter-namespace '*.Journal' --filter-namespace '*.Feedback' --filter-namespace '*.Challengers' --filter-namespace '*.Predictions'
run Trainer.Worker.Tests --filter-namespace '*.Runs' --filter-namespace '*.History' --filter-namespace '*.Operator'
if [ $failed -gt 0 ]; then
  echo "FAILED: the version before does not pass its tests on the schema of today. Migrations must only add: docs/runbook.md, \"A migration\"." >&2
  exit 1
fi
echo "The version before passes its tests on the schema of today."
