#!/bin/sh
# Builds the local stack's one image from Debian 13 packages and puts it in podman's store. Runs as root.
#
#   build.sh IMAGE PACKAGES RUNTIME_DIRECTORY MIRROR [SECURITY_MIRROR]
#
# No image registry is involved: mmdebstrap reads this machine's own package mirror.
set -eu
image=$1
packages=$2
runtime=$3
mirror=$4
security=${5:-}
export SOURCE_DATE_EPOCH=1754697600 # file times do not depend on the day of the build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/ca"
for certificate in /usr/local/share/ca-certificates/*.crt; do
  [ ! -e "$certificate" ] || cp "$certificate" "$work/ca/"
done
set -- "deb $mirror trixie main" "deb $mirror trixie-updates main"
[ -z "$security" ] || set -- "$@" "deb $security trixie-security main"
# shellcheck disable=SC2016  # "$1" is for mmdebstrap's hooks, which put the new root's path there
mmdebstrap --variant=minbase \
  --include="$(grep -v '^#' "$packages" | paste -sd,)" \
  --aptopt='APT::Install-Recommends "false"' \
  --aptopt='Acquire::Languages "none"' \
  --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --essential-hook='mkdir -p "$1/etc/postgresql-common"; echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"' \
  --customize-hook="sync-in $work/ca /usr/local/share/ca-certificates" \
  --customize-hook='chroot "$1" update-ca-certificates' \
  --customize-hook='mkdir -p "$1/var/runtime" "$1/var/task"' \
  --customize-hook="sync-in $runtime /var/runtime" \
  trixie "$work/root.tar" "$@"
podman import --quiet --change 'ENV LANG=C.UTF-8' "$work/root.tar" "$image"
