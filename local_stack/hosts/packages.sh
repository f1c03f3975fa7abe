#!/bin/sh
# Makes a signed repository of packages and all they need on top of the image it runs in.
#
#   packages.sh OUTPUT ARCHIVES PACKAGE...
#
# OUTPUT gets dists/, pool/ and archive-key.asc; ARCHIVES keeps what was downloaded, for the next time.
set -eu
output=$1
archives=$2
shift 2
export DEBIAN_FRONTEND=noninteractive GNUPGHOME=/root/gnupg
mkdir -m 700 "$GNUPGHOME"
mkdir -p "$archives/partial" "$output/pool/main" "$output/dists/trixie/main/binary-$(dpkg --print-architecture)"
apt-get update -qq
fetch() {
  apt-get install -qq --no-install-recommends -o Dir::Cache::archives="$archives" \
    -o APT::Keep-Downloaded-Packages=true "$@"
}
# looked up beside an empty folder: apt names only what it would have to download
mkdir -p /tmp/none/partial
fetch --print-uris -o Dir::Cache::archives=/tmp/none "$@" | sed -n "s|^'[^']*' \([^ ]*\) .*|\1|p" >/tmp/files
fetch --yes --download-only "$@" >/dev/null
while read -r file; do
  ln "$archives/$file" "$output/pool/main/$file"
done </tmp/files
fetch --yes apt-utils gnupg >/dev/null 2>&1
cd "$output"
gpg --batch --quiet --passphrase "" --quick-generate-key "Packages of one machine" ed25519 sign 1y
gpg --armor --export >archive-key.asc
binary=dists/trixie/main/binary-$(dpkg --print-architecture)
apt-ftparchive --db "$archives/contents-$(dpkg --print-architecture).db" packages pool >"$binary/Packages"
gzip -kf6 "$binary/Packages"
apt-ftparchive -o APT::FTPArchive::Release::Origin=CloudWorks -o APT::FTPArchive::Release::Label=CloudWorks \
  -o APT::FTPArchive::Release::Suite=trixie -o APT::FTPArchive::Release::Codename=trixie \
  -o APT::FTPArchive::Release::Components=main \
  -o APT::FTPArchive::Release::Architectures="$(dpkg --print-architecture)" release dists/trixie >/tmp/Release
mv /tmp/Release dists/trixie/Release
gpg --batch --yes --clearsign --digest-algo SHA512 -o dists/trixie/InRelease dists/trixie/Release
chmod -R a+rX .
