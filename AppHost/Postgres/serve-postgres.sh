#!/bin/sh
# Runs one developer's PostgreSQL in the foreground, for the AppHost:
#
#   serve-postgres.sh <programs> <folder> <port> [<seconds>]
#
# <folder> has a file "password"; "data" beside it is made at the first start. The server listens on 127.0.0.1 only. On
# SIGTERM, SIGINT, or when its starter is gone, it serves on until its clients have left, at most <seconds> (default 4), and
# then stops. The orchestrator sends SIGTERM to everything at once and SIGKILL after 6 s: a service that writes its last
# records on SIGTERM finds its database still there, and the server still has time for a clean stop.
set -eu

programs=$1 folder=$(cd "$2" && pwd -P) port=$3 patience=${4:-4}
data=$folder/data
starter=$PPID

say() { echo "serve-postgres: $*" >&2; }

command_of() {
  if [ -r "/proc/$1/cmdline" ]; then tr '\0' ' ' <"/proc/$1/cmdline"; else ps -p "$1" -o args= || true; fi
}

# True when the process is a PostgreSQL on this data: it works in its data folder (Linux), or was started with it.
serves_here() {
  if [ -d /proc/self ]; then [ "$(readlink "/proc/$1/cwd")" = "$data" ]
  else case "$(command_of "$1")" in *"postgres -D $data "*) ;; *) return 1 ;; esac fi
}

# Prints the process that is running on this data; false when there is none.
running() {
  [ -f "$data/postmaster.pid" ] && pid=$(head -n 1 "$data/postmaster.pid") && kill -0 "$pid" 2>/dev/null &&
    serves_here "$pid" && echo "$pid"
}

# PostgreSQL refuses to run as root: whoever owns the data runs it, at first the user postgres.
drop=
if [ "$(id -u)" = 0 ]; then
  if [ -d "$data" ]; then user=$(stat -c %U "$data"); else user=postgres; fi
  drop="setpriv --reuid=$user --regid=$(id -g "$user") --init-groups --"
  chown "$user" "$folder" "$folder/password"
fi

if [ ! -d "$data" ]; then
  # Made under another name, so that an interrupted start never leaves half a database behind.
  rm -rf "$folder/data.new"
  $drop "$programs/initdb" -D "$folder/data.new" -U postgres --pwfile="$folder/password" --auth=scram-sha-256 \
    --encoding=UTF8 --no-locale >/dev/null
  mv "$folder/data.new" "$data"
fi

# A server may still be there from before: one that is stopping is waited for, one whose keeper was killed is stopped.
waited=0
while old=$(running); do
  keeper=$(cat "$folder/keeper.pid" 2>/dev/null || echo 0)
  case "$(command_of "$keeper")" in *serve-postgres*"$folder"*) ;; *) kill -INT "$old" ;; esac
  if [ "$waited" = 8 ]; then
    say "another AppHost is running on $folder (PostgreSQL's process is $old). Stop it, or set Data:Folder to another folder."
    exit 1
  fi
  waited=$((waited + 1))
  sleep 1
done
# The number in a file left by kill -9 or a power cut may since have been given to another process: PostgreSQL would take that
# for itself and not start.
if [ -f "$data/postmaster.pid" ] && { [ -d /proc/self ] || [ -z "$(command_of "$(head -n 1 "$data/postmaster.pid")")" ]; }; then
  rm -f "$data/postmaster.pid"
fi

# All clients come over TCP with the password; a socket's path could be too long for the system.
$drop "$programs/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= &
server=$!
echo $$ >"$folder/keeper.pid"

# Returns when no client was connected and none came and went for a second, or when the time is up.
await_clients() {
  PGPASSWORD=$(cat "$folder/password") PGCONNECT_TIMEOUT=1 "$programs/psql" -qX -h 127.0.0.1 -p "$port" -U postgres -d postgres <<SQL
DO \$\$
DECLARE
  quiet int := 0;
  seen bigint := 0;
  now_seen bigint;
  until timestamptz := clock_timestamp() + interval '$patience s';
BEGIN
  WHILE quiet < 10 AND clock_timestamp() < until LOOP
    PERFORM pg_sleep(0.1);
    PERFORM pg_stat_clear_snapshot();
    SELECT sum(xact_commit + xact_rollback) INTO now_seen FROM pg_stat_database;
    IF now_seen <> seen
      OR EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
    THEN quiet := 0; ELSE quiet := quiet + 1; END IF;
    seen := now_seen;
  END LOOP;
END \$\$;
SQL
}

stop() {
  trap '' TERM INT HUP
  [ -z "${pause:-}" ] || kill "$pause" 2>/dev/null || true
  await_clients || say "its clients cannot be asked; stopping at once"
  # SIGINT is PostgreSQL's fast shutdown: it disconnects whoever is left and writes a checkpoint.
  kill -INT "$server" 2>/dev/null || true
  wait "$server" || true
  rm -f "$folder/keeper.pid"
  exit 0
}
trap stop TERM INT HUP

while kill -0 "$server" 2>/dev/null; do
  kill -0 "$starter" 2>/dev/null || stop
  sleep 1 &
  pause=$!
  wait "$pause" || true
done

wait "$server" && status=0 || status=$?
say "PostgreSQL ended by itself with exit code $status; what it said is above"
exit "$status"
