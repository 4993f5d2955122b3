# What an instance does first. The launch template's user data is a header of "export NAME=value" lines, then this text:
#   STACK, ROLE, RELEASE, REGION         which deployment this instance belongs to
#   BUCKET, BUNDLE_SHA256                where its bundle is, and what the bundle must be
#   PORT                                 where the role's /health/ready answers
#   GROUP, LAUNCHING_HOOK, TERMINATING_HOOK   the Auto Scaling Group and its lifecycle hooks
#   REGISTRY, *_IMAGE, STORE_URL, DATABASE_*, PARAMETERS   read by the bundle's instance/start.sh
# The group counts the instance as in service only after the CONTINUE at the end; each failure before it is an ABANDON.
# All output is on the console: aws ec2 get-console-output --latest --instance-id …
set -Eeuo pipefail

metadata() { curl -fsS --retry 5 --max-time 5 -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"; }

complete() {
  local answer
  # Run again on an instance that is in service already, there is nothing to complete.
  answer=$(aws autoscaling complete-lifecycle-action --region "$REGION" --auto-scaling-group-name "$GROUP" \
    --lifecycle-hook-name "$LAUNCHING_HOOK" --instance-id "$INSTANCE_ID" --lifecycle-action-result "$1" 2>&1) ||
    [[ $answer == *'No active Lifecycle Action'* ]] || { echo "bootstrap: the group was not told $1: $answer" >&2; return 1; }
}

# Where the instance's own id is not known, the hook's time-out abandons it.
ended() {
  local code=$?
  if [ "$code" -ne 0 ]; then
    echo "bootstrap: FAILED (exit code $code); this instance is abandoned." >&2
    [ -z "${INSTANCE_ID:-}" ] || complete ABANDON
  fi
  exit "$code"
}
trap ended EXIT

token=$(curl -fsS --retry 5 --max-time 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' http://169.254.169.254/latest/api/token)
INSTANCE_ID=$(metadata instance-id)
export INSTANCE_ID

folder=${ANALYTICS_ROOT:-}/opt/analytics/releases/$RELEASE
mkdir -p "$folder"
bundle=$(mktemp)
aws s3 cp --only-show-errors --region "$REGION" "s3://$BUCKET/deploy/$RELEASE/$ROLE.tar.gz" "$bundle"
echo "$BUNDLE_SHA256  $bundle" | sha256sum --check --quiet
tar --extract --gzip --no-same-owner --file "$bundle" --directory "$folder"
rm "$bundle"

"$folder/instance/start.sh"
complete CONTINUE
echo "bootstrap: $INSTANCE_ID serves as $ROLE of $RELEASE."
