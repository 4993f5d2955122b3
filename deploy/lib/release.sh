# shellcheck shell=bash
# A release: the first one, and each one after.
#
# Migrations run in the trainer's instances: the database is in subnets that nothing else reaches, and the trainer's compose file runs
# the one-shot "migration" to its end before the trainer. So the trainer goes first. A migration that fails keeps the new trainer from
# being ready, its group goes back, and the scorers are not touched; migrations only add, so the version before works on whatever was added.

# Release=…, ScorerImage=…, ScorerBundleSha256=… of what is being deployed.
release_parameters() {
  local name role
  echo "Release=$RELEASE"
  for name in $(sorted "${!images[@]}"); do echo "$(pascal "$name")Image=${images[$name]}"; done
  for role in $(roles); do echo "$(pascal "$role")BundleSha256=${bundle_sha256[$role]}"; done
}

# The same of what the stack has now.
current_parameters() {
  local name role
  echo "Release=$(parameter_of "$service_stack" Release)"
  for name in $(sorted "${!images[@]}"); do echo "$(pascal "$name")Image=$(parameter_of "$service_stack" "$(pascal "$name")Image")"; done
  for role in $(roles); do echo "$(pascal "$role")BundleSha256=$(parameter_of "$service_stack" "$(pascal "$role")BundleSha256")"; done
}

sorted() { printf '%s\n' "$@" | sort; }

# Roles that others wait for go first: the trainer migrates and trains. The scorers are last.
roles_in_order() { roles | grep -v '^scorer$'; echo scorer; }

deploy_service() { deploy_stack "$service_stack" "$here/aws/service.yaml" "$@" "${service_parameters[@]}"; }

in_service() {
  local count
  count=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$(group_of "$1")" \
    --query "length(AutoScalingGroups[0].Instances[?LifecycleState=='InService'])" --output text)
  [[ $count =~ ^[0-9]+$ ]] && [ "$count" -gt 0 ]
}

await_in_service() {
  await 1800 "an instance of $1 in service" in_service "$1" ||
    fail "no instance of $1 came into service within 30 min." "docs/runbook.md, \"An instance does not start\"; its output: aws ec2 get-console-output --latest --instance-id …"
}

# The models that a scorer must serve before it is ready, as its compose file names them.
required_models() { sed -n "s/^ *Scorer__Models__[0-9]*: *['\"]\{0,1\}\([a-z0-9-]*\).*/\1/p" "$here/aws/scorer/compose.yaml"; }

has_champion() { aws s3api head-object --bucket "$(base_output BucketName)" --key "models/$1/aliases/champion.json" >/dev/null 2>&1; }

# Whether scorers have ever been started: a first release may have ended before.
scorers_started() { service_exists && [ "$(parameter_of "$service_stack" ScorerMinSize)" != 0 ]; }

release_first() {
  local parameters model role again=
  if service_exists; then again=yes; fi
  readarray -t parameters < <(release_parameters)
  say "first release, $RELEASE: the trainer, without scorers"
  deploy_service "${parameters[@]}" ScorerMinSize=0
  for role in $(roles_in_order); do
    [ "$role" != scorer ] || continue
    if [ "$again" ]; then refresh "$role" "$(latest_version "$role")"; fi
    await_in_service "$role"
  done
  for model in $(required_models); do
    await 1200 "the first champion of $model" has_champion "$model" ||
      fail "no version of $model became champion within 20 min." 'docs/runbook.md, "No first model"; the scorers are not started without it. Then deploy again.'
  done
  finish_first
}

finish_first() {
  say 'the first models are there: the scorers'
  deploy_service "ScorerMinSize=${scorers:-1}"
  await_in_service scorer
  say "serving at $(service_output BalancerUrl)"
}

declare -A version_before=() version_after=()
before=()

release_next() {
  local role after=() pinned=() refreshed=()
  readarray -t before < <(current_parameters)
  readarray -t after < <(release_parameters)
  for role in $(roles); do
    version_before[$role]=$(running_version "$role")
    [[ ${version_before[$role]} =~ ^[0-9]+$ ]] || fail "the group of $role launches with version '${version_before[$role]}'; expected a number." 'deploy the service stack of this commit.'
  done

  # The groups keep launching what runs now until their refresh; a scale-out in between must not bring an unproven version.
  readarray -t pinned < <(pins version_before)
  deploy_service "${after[@]}" "${pinned[@]}"

  for role in $(roles_in_order); do
    version_after[$role]=$(latest_version "$role")
    refresh "$role" "${version_after[$role]}"
    if [ "$outcome" = back ]; then go_back "$role" "${refreshed[@]}"; fi
    refreshed+=("$role")
  done
  readarray -t pinned < <(pins version_after)
  deploy_service "${pinned[@]}" ${scorers:+"ScorerMinSize=$scorers"}
  say "$RELEASE serves at $(service_output BalancerUrl)"
}

pins() {
  local -n versions=$1
  local role
  for role in $(roles); do echo "$(pascal "$role")LaunchTemplateVersion=${versions[$role]}"; done
}

# The failed role's group is back already; the roles before it follow, and the stack says what runs: launch templates whose newest
# version has the content, and the image, of the one before.
go_back() {
  local failed=$1 role pinned=()
  shift
  say "$RELEASE does not do as $failed; everything goes back to ${before[0]#Release=}"
  for role in "$@"; do
    refresh "$role" "${version_before[$role]}"
    [ "$outcome" = 'done' ] || say "the refresh of $role back to ${before[0]#Release=} was undone itself; look at its group."
  done
  readarray -t pinned < <(pins version_before)
  deploy_service "${before[@]}" "${pinned[@]}"
  fail "$RELEASE was rolled back to ${before[0]#Release=}: its $failed did not become or stay healthy." \
    "docs/runbook.md, \"A deploy failed\": the reason stands in the refresh above, in the instance's console output and in the log group."
}
