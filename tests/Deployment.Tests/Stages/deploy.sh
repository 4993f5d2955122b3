# shellcheck shell=bash disable=SC2154
# How AWS behaves to a deploy: stacks with parameters, launch templates with versions, groups that refresh, a bucket.
stacks=$STAGE/stacks
bucket=$STAGE/bucket
groups=$STAGE/groups       # ROLE: the version that the group launches; ROLE.latest: the newest of its launch template
mkdir -p "$stacks" "$bucket" "$groups"
argument() { sed -n "s/.* --$1 \([^ ]*\).*/\1/p" <<<"$line"; }
role_of() { sed -n 's/.*analytics-\([a-z]*\)s-group.*/\1/p; s/.*lt-\([a-z]*\).*/\1/p' <<<"$line" | head -1; }
parameter() { sed -n "s/^$1=//p" "$stacks/analytics-service.parameters"; }
pascal() { echo "${1^}"; }

output() {
  case $1 in
    BucketName) echo analytics-bucket ;;
    *RepositoryUri) echo "111122223333.dkr.ecr.us-east-2.amazonaws.com/analytics-$(tr '[:upper:]' '[:lower:]' <<<"${1%RepositoryUri}")" ;;
    *GroupName) echo "analytics-$(tr '[:upper:]' '[:lower:]' <<<"${1%GroupName}")s-group" ;;
    *LaunchTemplateId) echo "lt-$(tr '[:upper:]' '[:lower:]' <<<"${1%LaunchTemplateId}")" ;;
    BalancerUrl) echo https://balancer.example.com ;;
    RollbackAlarms) echo analytics-errors,analytics-unhealthy ;;
    *) echo None ;;
  esac
}

# CloudFormation merges the parameters; a changed launch template has a new version, which the group launches unless it is pinned.
deployed() {
  local stack assignment role pinned before
  stack=$(argument stack-name)
  touch "$stacks/$stack" "$stacks/$stack.parameters"
  before=$(grep -v 'LaunchTemplateVersion\|Size\|Capacity' "$stacks/$stack.parameters")
  for assignment in "$@"; do
    [[ $assignment == [A-Z]*=* ]] || continue
    sed -i "/^${assignment%%=*}=/d" "$stacks/$stack.parameters"
    echo "$assignment" >>"$stacks/$stack.parameters"
  done
  [ "$stack" = analytics-service ] || return 0
  sort -o "$stacks/$stack.parameters" "$stacks/$stack.parameters"
  for role in scorer trainer; do
    [ -f "$groups/$role.latest" ] || echo 0 >"$groups/$role.latest"
    [ "$before" = "$(grep -v 'LaunchTemplateVersion\|Size\|Capacity' "$stacks/$stack.parameters")" ] || echo $(($(cat "$groups/$role.latest") + 1)) >"$groups/$role.latest"
    pinned=$(parameter "$(pascal "$role")LaunchTemplateVersion")
    echo "${pinned:-$(cat "$groups/$role.latest")}" >"$groups/$role"
  done
}

case $line in
  'git '*' status --porcelain' | 'git '*' rev-parse HEAD') ;;
  'aws sts '*) echo 111122223333 ;;
  'aws cloudformation deploy '*) deployed "$@" ;;
  'aws cloudformation describe-stacks '*)
    stack=$(argument stack-name)
    [ -f "$stacks/$stack" ] || { echo "Stack with id $stack does not exist" >&2; exit 254; }
    name=$(sed -n "s/.*Key=='\([A-Za-z0-9]*\)'.*/\1/p" <<<"$line")
    case $line in
      *StackStatus*) grep . "$stacks/$stack" || echo UPDATE_COMPLETE ;;
      *Outputs*) output "$name" ;;
      *Parameters*) sed -n "s/^$name=//p" "$stacks/$stack.parameters" | grep . || echo None ;;
    esac
    ;;
  'aws ssm get-parameters-by-path '*) echo "$(argument path)/KEY_SHA256" ;;
  'aws ecr get-login-password'*) echo token ;;
  'docker login '*) cat >/dev/null ;;
  'aws ecr describe-images '*) grep -s . "$STAGE/pushed/$(argument repository-name | tr / -)-$(argument image-ids | sed 's/.*=//')" || { echo ImageNotFoundException >&2; exit 254; } ;;
  'docker buildx build '*)
    name=$(sed -n 's/.*\/\([a-z]*\)\.Dockerfile.*/\1/p' <<<"$line")
    tag=$(argument tag)
    digest=sha256:$(printf %s "$name-${tag##*:}" | sha256sum | cut -d ' ' -f 1)
    tag=${tag#*/}
    mkdir -p "$STAGE/pushed" && echo "$digest" >"$STAGE/pushed/$(tr '/:' '--' <<<"$tag")"
    printf '{\n  "containerimage.config.digest": "sha256:%064d",\n  "containerimage.digest": "%s",\n  "image.name": "x"\n}\n' 0 "$digest" >"$(argument metadata-file)"
    ;;
  'curl '*compose*) echo 'the plugin' >"$(argument output)" ;;
  'curl '*truststore*) echo '-----BEGIN CERTIFICATE-----' >"$(argument output)" ;;
  'aws s3api put-object '*)
    object=$bucket/$(argument key)
    mkdir -p "$(dirname "$object")"
    if [[ $line == *--if-none-match* ]] && [ -e "$object" ]; then
      echo 'An error occurred (PreconditionFailed) when calling the PutObject operation' >&2
      exit 254
    fi
    cp "$(argument body)" "$object"
    argument metadata | sed -n 's/sha256=//p' >"$object.sha256"
    ;;
  'aws s3api get-object '*) cp "$bucket/$(argument key)" "$(awk '{print $8}' <<<"$line")" && echo '"etag"' ;;
  'aws s3api delete-object '*) rm "$bucket/$(argument key)" ;;
  'aws s3api head-object '*champion.json*) [ -s "$groups/trainer" ] || exit 254 ;;
  'aws s3api head-object '*) cat "$bucket/$(argument key).sha256" 2>/dev/null || exit 254 ;;
  'aws ec2 describe-launch-templates '*) cat "$groups/$(role_of).latest" ;;
  'aws autoscaling describe-auto-scaling-groups '*length*) if [ "$(role_of)" = trainer ]; then echo 1; else parameter ScorerMinSize; fi ;;
  'aws autoscaling describe-auto-scaling-groups '*) cat "$groups/$(role_of)" ;;
  'aws autoscaling start-instance-refresh '*)
    sed -n 's/.*"Version":"\([^"]*\)".*/\1/p' <<<"$line" >"$groups/$(role_of).wanted"
    echo InProgress >"$groups/$(role_of).status"
    echo "refresh-of-$(role_of)"
    ;;
  'aws autoscaling describe-instance-refreshes '*--instance-refresh-ids*)
    role=$(role_of)
    printf '%s\t%s\t%s\n' "$(cat "$groups/$role.status")" 50 "$([ "$(cat "$groups/$role.status")" != RollbackSuccessful ] && echo None || echo 'An instance failed its launching hook')"
    # The next look finds it done: the wanted version runs, or the one before does again.
    if grep -sqx "$(cat "$groups/$role.wanted")" "$STAGE/bad-$role"; then echo RollbackSuccessful >"$groups/$role.status"; else
      echo Successful >"$groups/$role.status"
      cp "$groups/$role.wanted" "$groups/$role"
    fi
    ;;
  'aws autoscaling describe-instance-refreshes '*) cat "$STAGE/under-way" 2>/dev/null || echo None ;;
esac
