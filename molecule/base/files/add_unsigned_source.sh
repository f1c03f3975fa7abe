#!/bin/bash
# A second source of packages, which apt must refuse.
set -euo pipefail
mkdir -p /srv/other && cd /srv/other && : >Packages && printf 'Origin: Other\n' >Release
echo 'deb file:/srv/other ./' >/etc/apt/sources.list.d/other.list
apt-get update
