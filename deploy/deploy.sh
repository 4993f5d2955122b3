#!/usr/bin/env bash
# Brings this commit to AWS: network, registry, bucket and database; images; trainer; first model; the group of scorers.
# Run again it brings the next version, and goes back by itself to the one before where the new one does not do. See docs/guide.md.
#
#   deploy/deploy.sh [--dry-run] [base | images | all] [Parameter=value …]
#
#   base        the base stack alone: repositories, bucket, database, roles
#   images      builds and pushes the images of this commit, prints them by digest
#   all         everything, in order (the default)
#   Parameter   of deploy/aws/base.yaml or service.yaml; values given once are kept by the stacks
#   --dry-run   prints each command that would change something and runs only those that read
#
# From the environment: AWS credentials; AWS_REGION (us-east-2); STACK (analytics), the stacks' prefix; RELEASE (the commit);
# for images alone IMAGE_REPOSITORY: they go to IMAGE_REPOSITORY/scorer and …/trainer instead of the base stack's repositories.
# Exit codes: 0; 1 when something failed, 2 when the command line is not understood, 3 when another deploy is running.
set -Eeuo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
repository=$(dirname "$here")

# shellcheck source=lib/common.sh
. "$here/lib/common.sh"
# shellcheck source=lib/lock.sh
. "$here/lib/lock.sh"
# shellcheck source=lib/stacks.sh
. "$here/lib/stacks.sh"
# shellcheck source=lib/images.sh
. "$here/lib/images.sh"
# shellcheck source=lib/programs.sh
. "$here/lib/programs.sh"
# shellcheck source=lib/bundles.sh
. "$here/lib/bundles.sh"
# shellcheck source=lib/refresh.sh
. "$here/lib/refresh.sh"
# shellcheck source=lib/release.sh
. "$here/lib/release.sh"

understand "$@"
require_programs
case $what in
  base)
    deploy_base
    ;;
  images)
    push_images
    ;;
  all)
    # The lock is in the base stack's bucket: on a new account there is none, and CloudFormation itself refuses a second creation.
    if base_exists; then take_lock; fi
    deploy_base
    take_lock
    refuse_unfinished
    require_parameters
    push_images
    publish_bundles
    if scorers_started; then release_next; else release_first; fi
    ;;
esac
