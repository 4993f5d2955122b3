# shellcheck shell=bash
# The images of this commit: built once, pushed with SBOM and provenance, and named by digest from then on.

declare -A images=()
builder=analytics-release

push_images() {
  local file name repository_uri digest
  registry_login
  for file in "$here"/docker/*.Dockerfile; do
    name=$(basename "$file" .Dockerfile)
    repository_uri=$(repository_of "$name")
    digest=$(pushed_digest "$repository_uri")
    if [ -z "$digest" ]; then
      build "$file" "$name" "$repository_uri"
      digest=$(built_digest "$name")
    fi
    images[$name]=$repository_uri@$digest
    say "image of $name: ${images[$name]}"
    echo "$name=${images[$name]}"
  done
}

# The base stack's; one host needs no stack, and may have its images elsewhere.
repository_of() { if [ "${IMAGE_REPOSITORY:-}" ]; then echo "$IMAGE_REPOSITORY/$1"; else base_output "$(pascal "$1")RepositoryUri"; fi; }

registry_login() {
  local repository_uri registry
  repository_uri=$(repository_of scorer)
  registry=${repository_uri%%/*}
  # Another registry's login is the caller's.
  [[ $registry == *.dkr.ecr.*.amazonaws.com* ]] || return 0
  if [ "$dry_run" ]; then
    echo "would log in to $registry"
    return
  fi
  aws ecr get-login-password | docker login --username AWS --password-stdin "$registry" >/dev/null ||
    fail "the registry $registry refused the login." 'the deploy role needs ecr:GetAuthorizationToken.'
}

# A release's tag is never pushed twice.
pushed_digest() {
  local digest
  [[ $1 == *.dkr.ecr.*.amazonaws.com/* ]] || return 0
  digest=$(aws ecr describe-images --repository-name "${1#*/}" --image-ids "imageTag=$RELEASE" --query 'imageDetails[0].imageDigest' --output text 2>/dev/null) || return 0
  [ "$digest" = None ] || echo "$digest"
}

build() {
  local file=$1 name=$2 repository_uri=$3
  # The engine's own builder writes no attestations.
  if [ -z "$dry_run" ] && ! docker buildx inspect "$builder" >/dev/null 2>&1; then
    docker buildx create --name "$builder" --driver docker-container >/dev/null
  fi
  # A version of an assembly: numbers, then words without dots.
  change docker buildx build --builder "$builder" --platform linux/amd64 --file "$file" --tag "$repository_uri:$RELEASE" \
    --build-arg "VERSION=0.0.0-g${RELEASE//[._]/-}" --build-arg "REVISION=$(git -C "$repository" rev-parse HEAD)" \
    --provenance mode=max --sbom true --push --metadata-file "$workspace/$name.json" "$repository" ||
    fail "the image of $name was not built or not pushed." 'see the builder above.'
}

built_digest() {
  if [ "$dry_run" ]; then
    echo "<digest of $1>"
    return
  fi
  sed -n 's/.*"containerimage.digest": *"\(sha256:[0-9a-f]\{64\}\)".*/\1/p' "$workspace/$1.json" | sed -n 1p | grep . ||
    fail "the builder named no digest of $1." "read $workspace/$1.json"
}
