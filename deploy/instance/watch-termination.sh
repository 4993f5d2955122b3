#!/usr/bin/env bash
# Runs as a service. When the group takes this instance out (scale-in, refresh, an unhealthy one), the instance's target state becomes
# "Terminated" while the balancer lets its requests end. After that time the containers are stopped: the scorer answers what it has begun,
# drains its journal, and hands to the bucket what PostgreSQL could not take. Then the group may go on.
set -Eeuo pipefail
metadata=http://169.254.169.254/latest
every=${WATCH_EVERY:-5}

target_state() {
  local token
  token=$(curl -fsS --max-time 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token") &&
    curl -fsS --max-time 5 -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/autoscaling/target-lifecycle-state"
}

# 404 until the group has this instance, and a moment's failure says nothing.
until [ "$(target_state 2>/dev/null || true)" = Terminated ]; do sleep "$every"; done

echo "termination: the balancer takes this instance out; the containers stop in ${DRAIN_SECONDS:-30} s."
sleep "${DRAIN_SECONDS:-30}"
systemctl stop analytics.service || echo 'termination: the containers did not stop as they should; the instance ends all the same.' >&2
aws autoscaling complete-lifecycle-action --region "$REGION" --auto-scaling-group-name "$GROUP" \
  --lifecycle-hook-name "$TERMINATING_HOOK" --instance-id "$INSTANCE_ID" --lifecycle-action-result CONTINUE
echo 'termination: done'
# The service starts anew when it ends; there is nothing left to watch.
exec sleep infinity
