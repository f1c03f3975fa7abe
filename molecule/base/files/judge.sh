#!/bin/bash
# Three lines: lynis' index, what lynis finds, units that systemd-analyze gives more than 5.
set -euo pipefail
# two tests that take half the time: what dpkg has of each program, and each of Debian's root certificates
printf 'skip-test=DEB-0001\nskip-test=CRYP-7902\n' >/etc/lynis/custom.prf
lynis audit system --quick --quiet --no-colors --no-plugins >/dev/null 2>&1
rm /etc/lynis/custom.prf
sed -n 's/^hardening_index=//p' /var/log/lynis-report.dat
sed -nE 's/^(suggestion|warning)\[\]=([^|]*)\|.*/\2/p' /var/log/lynis-report.dat | sort -u | paste -sd' '
systemd-analyze security --no-pager | awk '$2 > 5 && $2 ~ /^[0-9]/ { print $1 }' | paste -sd' '
