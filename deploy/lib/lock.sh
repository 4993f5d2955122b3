# shellcheck shell=bash
# One deploy at a time: an object in the bucket that is created only if absent. A deploy that died leaves it behind; it expires.

lock_key=deploy/lock
lock_seconds=7200
lock_held=

take_lock() {
  [ -z "$lock_held" ] || return 0
  local bucket found owner expires
  bucket=$(base_output BucketName)
  echo "$(date +%s) $(($(date +%s) + lock_seconds)) $(whoami)@$(uname -n) $RELEASE $$" >"$workspace/lock"
  if [ "$dry_run" ]; then
    echo "would take the lock s3://$bucket/$lock_key"
    return
  fi

  if put_lock "$bucket" --if-none-match '*'; then return; fi
  found=$(aws s3api get-object --bucket "$bucket" --key "$lock_key" "$workspace/lock.found" --query ETag --output text) ||
    fail "the lock s3://$bucket/$lock_key could be neither created nor read." 'see the error above; the deploy role needs s3:GetObject and s3:PutObject on it.'
  read -r _ expires owner _ <"$workspace/lock.found"
  if [[ $expires =~ ^[0-9]+$ ]] && [ "$expires" -lt "$(date +%s)" ]; then
    say "the lock of $owner has expired; it is taken over."
    if put_lock "$bucket" --if-match "$found"; then return; fi
  fi
  fail "another deploy is running: $owner has s3://$bucket/$lock_key." \
    "wait for it. If it died, the lock expires at $(date -u -d "@$expires" 2>/dev/null || echo "$expires"), or remove it: aws s3 rm s3://$bucket/$lock_key" 3
}

put_lock() {
  local bucket=$1 answer
  shift
  if answer=$(aws s3api put-object --bucket "$bucket" --key "$lock_key" --body "$workspace/lock" "$@" 2>&1); then
    lock_held=$bucket
    return 0
  fi
  # What somebody else's lock answers, and a race with them; anything else is told.
  [[ $answer == *PreconditionFailed* || $answer == *ConditionalRequestConflict* || $answer == *412* || $answer == *409* ]] || say "$answer"
  return 1
}

release_lock() {
  [ -n "$lock_held" ] || return 0
  aws s3api delete-object --bucket "$lock_held" --key "$lock_key" >/dev/null || say "the lock s3://$lock_held/$lock_key could not be removed; it expires by itself."
  lock_held=
}

# What a deploy that was killed may have left going on by itself.
refuse_unfinished() {
  local role group running
  service_exists || return 0
  for role in $(roles); do
    group=$(service_output "$(pascal "$role")GroupName")
    running=$(aws autoscaling describe-instance-refreshes --auto-scaling-group-name "$group" --max-records 1 \
      --query "InstanceRefreshes[?contains(['Pending','InProgress','Cancelling','RollbackInProgress','Baking'], Status)].InstanceRefreshId" --output text)
    [ -z "$running" ] || [ "$running" = None ] ||
      fail "the instance refresh $running of $group is under way." "wait for it, or end it: aws autoscaling cancel-instance-refresh --auto-scaling-group-name $group" 3
  done
}
