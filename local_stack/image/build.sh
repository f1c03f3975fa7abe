#!/bin/sh
# Builds an image of the local stack from Debian 13 packages and puts it in podman's store. Runs as root.
#
#   build.sh IMAGE RECIPE OVERLAY MIRROR [SECURITY_MIRROR]
#
# RECIPE is a folder: packages.txt; essential.sh and customize.sh, run with the new root's path before and after
# those are installed; and import.txt, lines of the image's configuration. OVERLAY is copied over the new root.
# No image registry is involved: mmdebstrap reads this machine's own package mirror.
set -eu
image=$1
recipe=$2
overlay=$3
mirror=$4
security=${5:-}
export SOURCE_DATE_EPOCH=1754697600 # file times do not depend on the day of the build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/ca"
cp -R "$overlay" "$work/overlay" # root's own, whoever owns the original
for certificate in /usr/local/share/ca-certificates/*.crt; do
  [ ! -e "$certificate" ] || cp "$certificate" "$work/ca/"
done
set -- "deb $mirror trixie main" "deb $mirror trixie-updates main"
[ -z "$security" ] || set -- "$@" "deb $security trixie-security main"
# shellcheck disable=SC2016  # "$1" is for mmdebstrap's hooks, which put the new root's path there
mmdebstrap --variant=minbase \
  --include="$(grep -v '^#' "$recipe/packages.txt" | paste -sd,)" \
  --aptopt='APT::Install-Recommends "false"' \
  --aptopt='Acquire::Languages "none"' \
  --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --essential-hook="sh $recipe/essential.sh \"\$1\"" \
  --customize-hook="sync-in $work/ca /usr/local/share/ca-certificates" \
  --customize-hook='chroot "$1" update-ca-certificates' \
  --customize-hook="sync-in $work/overlay /" \
  --customize-hook="sh $recipe/customize.sh \"\$1\"" \
  trixie "$work/root.tar" "$@"
set --
while read -r line; do
  set -- "$@" --change "$line"
done <"$recipe/import.txt"
podman import --quiet "$@" "$work/root.tar" "$image"
