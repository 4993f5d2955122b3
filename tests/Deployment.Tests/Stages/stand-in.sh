#!/usr/bin/env bash
# Stands in for the program by whose name it is called: records the call, then does what the stage's behaviour says.
line="${0##*/}${*:+ $*}"
printf '%s\n' "${line//$'\n'/ }" >>"$STAGE/record"
# The command line of AWS knows its commands and their options; a stand-in that took everything would hide a misspelt one.
if [ "${0##*/}" = aws ]; then
  known=$(grep -m 1 "^$1 $2:" "$STAGE/aws-commands.txt") || { echo "aws: '$1 $2' is no command of aws-commands.txt" | tee -a "$STAGE/refused" >&2; exit 252; }
  for argument in "${@:3}"; do
    case " $known --output --query --region " in *" $argument "*) continue ;; esac
    if [[ $argument == --* ]]; then
      echo "aws: '$1 $2' has no option $argument" | tee -a "$STAGE/refused" >&2
      exit 252
    fi
  done
fi
# shellcheck source=/dev/null
. "$STAGE/behaviour.sh"
