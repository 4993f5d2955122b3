#!/usr/bin/env bash
# Stands in for the program by whose name it is called: records the call, then does what the stage's behaviour says.
line="${0##*/}${*:+ $*}"
printf '%s\n' "${line//$'\n'/ }" >>"$STAGE/record"
# shellcheck source=/dev/null
. "$STAGE/behaviour.sh"
