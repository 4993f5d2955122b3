# shellcheck shell=bash
# The two CloudFormation stacks. `aws cloudformation deploy` keeps the values of parameters that it is not given.

base_stack=$STACK-base
service_stack=$STACK-service

stack_value() { aws cloudformation describe-stacks --stack-name "$1" --query "Stacks[0].$2" --output text; }

# A stack whose first creation failed has no use; CloudFormation can only delete it.
stack_exists() {
  local status
  status=$(stack_value "$1" StackStatus 2>/dev/null) || return 1
  case $status in
    ROLLBACK_COMPLETE | REVIEW_IN_PROGRESS) return 1 ;;
    *_IN_PROGRESS) fail "CloudFormation is at work on $1 ($status)." 'wait until it is done, then deploy again.' 3 ;;
  esac
}

base_exists() { stack_exists "$base_stack"; }
service_exists() { stack_exists "$service_stack"; }

output_of() {
  local value
  value=$(stack_value "$1" "Outputs[?OutputKey=='$2'].OutputValue | [0]")
  if [ -z "$value" ] || [ "$value" = None ]; then
    [ "$dry_run" ] || fail "the stack $1 has no output $2." "deploy the base stack of this commit first: deploy/deploy.sh base"
    value="<$2 of $1>"
  fi
  echo "$value"
}

# In a dry run on an empty account there is no stack to ask.
base_output() { if [ "$dry_run" ] && ! base_exists; then echo "<$1>"; else output_of "$base_stack" "$1"; fi; }
service_output() { if [ "$dry_run" ] && ! service_exists; then echo "<$1>"; else output_of "$service_stack" "$1"; fi; }

parameter_of() {
  local value
  value=$(stack_value "$1" "Parameters[?ParameterKey=='$2'].ParameterValue | [0]")
  [ "$value" = None ] || echo "$value"
}

# deploy_stack STACK TEMPLATE Parameter=value …
deploy_stack() {
  local stack=$1 template=$2 bucket large=()
  shift 2
  # A template of more than 51,200 bytes goes by way of a bucket.
  if [ "$(wc -c <"$template")" -gt 51200 ]; then
    bucket=$(base_output BucketName)
    large=(--s3-bucket "$bucket" --s3-prefix deploy/templates)
  fi
  say "stack $stack${*:+: $*}"
  change aws cloudformation deploy --stack-name "$stack" --template-file "$template" "${large[@]}" --capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM \
    --no-fail-on-empty-changeset --tags "application=$STACK" ${1:+--parameter-overrides "$@"} && return
  aws cloudformation describe-stack-events --stack-name "$stack" --max-items 200 \
    --query "StackEvents[?contains(ResourceStatus, 'FAILED')].[LogicalResourceId,ResourceStatusReason]" --output text >&2 || true
  fail "CloudFormation did not bring $stack to this commit's state; it went back to the one before." "see the reasons above. The base stack's changes are an administrator's (deploy/deploy.sh base); then deploy again."
}

# What no update may delete or replace is said once, and by whoever changes the stack: an administrator.
deploy_base() {
  local protect=
  if [ "$what" = base ] || ! base_exists; then protect=yes; fi
  deploy_stack "$base_stack" "$here/aws/base.yaml" "${base_parameters[@]}"
  if [ "$protect" ]; then
    change aws cloudformation set-stack-policy --stack-name "$base_stack" --stack-policy-body "file://$here/aws/stack-policy.json"
    change aws cloudformation update-termination-protection --stack-name "$base_stack" --enable-termination-protection >/dev/null
  fi
}

# The keys that the services do not start without; only their hashes are ever in AWS.
require_parameters() {
  local role path
  [ -z "$dry_run" ] || return 0
  for role in $(roles); do
    path=/$STACK/$role
    [ -n "$(aws ssm get-parameters-by-path --path "$path" --query 'Parameters[].Name' --output text)" ] ||
      fail "there is no parameter under $path: the $role would not start without an API key." 'docs/guide.md, "Keys", makes them.'
  done
}
