# shellcheck shell=bash
# The instance refresh of a group: launch with the new version first, watch the alarms, go back by itself.

# How much of the group stays in service while its instances are replaced, in per cent.
min_healthy=${MIN_HEALTHY_PERCENT:-100}
refresh_seconds=${REFRESH_SECONDS:-3600}

group_of() { service_output "$(pascal "$1")GroupName"; }

# The launch template version that the group launches with now.
running_version() {
  aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$(group_of "$1")" --output text \
    --query 'AutoScalingGroups[0].[LaunchTemplate.Version,MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version] | [?@] | [0]'
}

latest_version() {
  aws ec2 describe-launch-templates --launch-template-ids "$(service_output "$(pascal "$1")LaunchTemplateId")" --query 'LaunchTemplates[0].LatestVersionNumber' --output text
}

# Alarms that tell of a bad version; a busy processor does not.
watched_alarms() {
  local names
  names=$(service_output RollbackAlarms)
  echo "\"${names//,/\",\"}\""
}

# Replaces the instances of a role's group by such of a version; outcome is then "done", or "back" when the group is on the version before.
outcome=
refresh() {
  local role=$1 version=$2 group template alarms desired preferences id
  group=$(group_of "$role")
  template=$(service_output "$(pascal "$role")LaunchTemplateId")
  alarms=$(watched_alarms)
  desired=$(printf '{"LaunchTemplate":{"LaunchTemplateId":"%s","Version":"%s"}}' "$template" "$version")
  preferences=$(printf '{"MinHealthyPercentage":%s,"MaxHealthyPercentage":%s,"AutoRollback":true,"SkipMatching":true,"AlarmSpecification":{"Alarms":[%s]}}' \
    "$min_healthy" "$((min_healthy < 100 ? 100 : 200))" "$alarms")
  local start=(aws autoscaling start-instance-refresh --auto-scaling-group-name "$group" --strategy Rolling
    --desired-configuration "$desired" --preferences "$preferences" --query InstanceRefreshId --output text)
  if [ "$dry_run" ]; then
    change "${start[@]}"
    outcome=done
    return
  fi

  id=$("${start[@]}") || fail "the refresh of $group was not started; it runs the version before." 'see the error above.'
  say "$group: refresh $id to launch template version $version"
  follow_refresh "$group" "$id"
}

follow_refresh() {
  local group=$1 id=$2 answer status percent reason told='' unheard=0 deadline=$((SECONDS + refresh_seconds))
  while true; do
    # A question that fails says nothing about the refresh, which goes on by itself; ten in a row end the deploy.
    answer=$(aws autoscaling describe-instance-refreshes --auto-scaling-group-name "$group" --instance-refresh-ids "$id" \
      --query 'InstanceRefreshes[0].[Status,PercentageComplete,StatusReason]' --output text) || answer=
    IFS=$'\t' read -r status percent reason <<<"$answer"
    if [ "$status $percent" != "$told" ]; then
      told="$status $percent"
      say "$group: $status ${percent/None/0} % ${reason/None/}"
    fi
    case $status in
      Successful)
        outcome=done
        return
        ;;
      RollbackSuccessful)
        outcome=back
        return
        ;;
      Failed | Cancelled | RollbackFailed)
        fail "the refresh $id of $group ended as $status: $reason" 'docs/runbook.md, "A deploy failed".'
        ;;
      '')
        unheard=$((unheard + 1))
        [ "$unheard" -lt 10 ] || fail "the refresh $id of $group cannot be followed; it goes on by itself, and back by itself." 'see the error above; deploy again when it has ended.'
        ;;
      *) unheard=0 ;;
    esac
    if [ "$SECONDS" -ge "$deadline" ]; then
      say "$group: the refresh takes longer than $((refresh_seconds / 60)) min; it is rolled back."
      aws autoscaling rollback-instance-refresh --auto-scaling-group-name "$group" >/dev/null ||
        fail "the refresh $id of $group could not be rolled back." 'docs/runbook.md, "A deploy failed".'
      deadline=$((SECONDS + refresh_seconds))
    fi
    sleep "$poll_every"
  done
}
