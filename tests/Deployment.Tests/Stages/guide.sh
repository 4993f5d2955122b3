# shellcheck shell=bash disable=SC2154,SC2001
# An account and a repository for somebody who follows a page: what deploy.sh does not itself ask for.
case $line in
  'git '*' rev-parse --short=12 HEAD') cat "$STAGE/head" 2>/dev/null || echo 3f2a91c0b7de; exit ;;
  'git switch --detach HEAD~1') echo 0c11d2a9e8f7 >"$STAGE/head"; exit ;;
  'git switch -') rm "$STAGE/head"; exit ;;
  'aws ssm put-parameter '*) sed 's/.* --name \([^ ]*\).*/\1/' <<<"$line" >>"$STAGE/parameters"; exit ;;
  'aws ssm get-parameters-by-path '*) grep "^$(sed 's/.* --path \([^ ]*\).*/\1/' <<<"$line")/" "$STAGE/parameters" 2>/dev/null; exit 0 ;;
  'aws cloudformation delete-stack '*) rm "$STAGE/stacks/$(sed 's/.* --stack-name \([^ ]*\).*/\1/' <<<"$line")"; exit ;;
  'aws cloudformation wait '*) [ ! -f "$STAGE/stacks/${*: -1}" ]; exit ;;
  'aws ec2 get-console-output '*) echo 'cloud-init: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 root@host'; exit ;;
  'aws autoscaling describe-auto-scaling-groups '*InstanceId*) echo i-0123456789abcdef0; exit ;;
  # Two batches of versions, then none.
  'aws s3api list-object-versions '*) [ "$(cat "$STAGE/batches" 2>/dev/null)" = $'one\none' ] || echo '{"Quiet": true, "Objects": [{"Key": "models/iris/versions/00000001.json", "VersionId": "1"}]}'; exit ;;
  'aws s3api delete-objects '*) echo one >>"$STAGE/batches"; exit ;;
  'aws rds describe-'*) echo analytics-1; exit ;;
  'docker compose version') echo 'Docker Compose version v2.40.3'; exit ;;
  ssh*) cat >/dev/null; exit ;;
esac
