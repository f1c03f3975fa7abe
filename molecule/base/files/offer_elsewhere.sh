#!/bin/bash
# A stub with a lower version is installed; the second source offers a higher one, and is even trusted.
set -euo pipefail
stub() {
  mkdir -p lynis/DEBIAN
  printf 'Package: lynis\nVersion: %s\nArchitecture: all\nMaintainer: nobody\nDescription: stub\n' "$1" \
    >lynis/DEBIAN/control
  dpkg-deb --build lynis "lynis_$1.deb" >/dev/null
}
cd /srv/other
stub 0.1
stub 999
dpkg --install --force-downgrade lynis_0.1.deb
{ dpkg-deb --field lynis_999.deb; echo 'Filename: ./lynis_999.deb'; stat -c 'Size: %s' lynis_999.deb
  echo "SHA256: $(sha256sum lynis_999.deb | cut -d' ' -f1)"; } >Packages
echo 'deb [trusted=yes] file:/srv/other ./' >/etc/apt/sources.list.d/other.list
apt-get update
apt-cache policy lynis
