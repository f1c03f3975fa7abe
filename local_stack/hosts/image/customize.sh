#!/bin/sh
# Makes of a root what Debian's image for EC2 is: a user who may become root, and no key or identity of its own.
set -eu
rm -f "$1/usr/sbin/policy-rc.d"
chmod 0755 "$1"/usr/local/sbin/host-*
chroot "$1" systemctl --quiet enable host-user-data.service
chroot "$1" useradd --create-home --shell /bin/bash admin
echo 'admin ALL=(ALL) NOPASSWD:ALL' >"$1/etc/sudoers.d/90-admin"
chmod 0440 "$1/etc/sudoers.d/90-admin"
rm -f "$1"/etc/ssh/ssh_host_*_key*
: >"$1/etc/machine-id"
