#!/bin/bash
# dpkg is killed by the package that it installs: what a host looks like that lost its power in that moment.
set -euo pipefail
rm -rf /tmp/interrupted /var/lib/interrupted
mkdir -p /tmp/interrupted/DEBIAN && cd /tmp
printf 'Package: interrupted\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: none\n' \
  >interrupted/DEBIAN/control
cat >interrupted/DEBIAN/postinst <<'TEXT'
#!/bin/sh
[ -e /var/lib/interrupted ] || { touch /var/lib/interrupted; kill -9 $PPID; }
TEXT
chmod 755 interrupted/DEBIAN/postinst
dpkg-deb --build interrupted >/dev/null
dpkg --install interrupted.deb
