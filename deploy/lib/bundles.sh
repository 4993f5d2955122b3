# shellcheck shell=bash
# What an instance gets: a bundle for each role, written once for a release and named by its hash.

# RDS's certificate authorities, which no machine trusts by itself.
authorities_url=https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem

declare -A bundle_sha256=()

publish_bundles() {
  local role
  for role in $(roles); do publish_bundle "$role"; done
}

publish_bundle() {
  local role=$1 bucket key found
  bucket=$(base_output BucketName)
  key=deploy/$RELEASE/$role.tar.gz
  if [ "$dry_run" ]; then
    bundle_sha256[$role]="<sha256 of $role.tar.gz>"
    echo "would put s3://$bucket/$key"
    return
  fi

  found=$(published_sha256 "$bucket" "$key")
  if [ -z "$found" ]; then
    fetch_compose
    fetch_authorities
    pack "$role" "$workspace/$role.tar.gz"
    found=$(sha256sum "$workspace/$role.tar.gz" | cut -d ' ' -f 1)
    aws s3api put-object --bucket "$bucket" --key "$key" --body "$workspace/$role.tar.gz" --metadata "sha256=$found" --if-none-match '*' >/dev/null ||
      fail "the bundle s3://$bucket/$key was not written." 'see the error above.'
  fi
  bundle_sha256[$role]=$found
  say "bundle of $role: s3://$bucket/$key, SHA-256 $found"
}

published_sha256() {
  local found
  found=$(aws s3api head-object --bucket "$1" --key "$2" --query Metadata.sha256 --output text 2>/dev/null) || return 0
  [ "$found" = None ] || echo "$found"
}

# Instances reach neither GitHub nor any other place than AWS for what they run.
fetch_authorities() {
  authorities=$workspace/rds.pem
  [ -f "$authorities" ] || curl -fsS --retry 3 --output "$authorities" "$authorities_url" || fail "$authorities_url could not be fetched." 'try again.'
  grep -q 'BEGIN CERTIFICATE' "$authorities" || fail "$authorities_url has no certificate." 'try again; if it stays so, find where AWS publishes them now.'
}

# The same bytes for the same content: order, owner, time and rights are fixed. Containers that are not root read these files.
pack() {
  local role=$1 file=$2 tree=$workspace/bundle.$1
  mkdir -p "$tree"
  cp -R "$here/aws/$role/." "$here/instance" "$tree/"
  install --mode=755 "$compose" "$tree/instance/docker-compose"
  install --mode=644 "$authorities" "$tree/rds.pem"
  tar --create --directory "$tree" --sort=name --mtime='@0' --owner=0 --group=0 --numeric-owner --mode='u+rwX,go+rX,go-w' . | gzip --no-name >"$file"
}
