#!/bin/bash
# What is in force on a host, a line each.
set -euo pipefail
# shellcheck disable=SC2016  # apt-get fills these in
echo "sources: $(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(SIGNED_BY)' | sort -u)"
echo "journal: $(journalctl --unit systemd-journald --boot --grep 'System Journal' --output cat | tail -n 1)"
echo "clock: $(systemd-analyze cat-config systemd/timesyncd.conf | grep -E '^(NTP|FallbackNTP)=' | paste -sd' ')"
echo "enabled: $(systemctl is-enabled systemd-timesyncd nftables auditd apt-daily-upgrade.timer | paste -sd' ')"
echo "sshd: $(ls /usr/sbin/sshd 2>/dev/null) $(pgrep -x sshd) $(ss --listening --unix --no-header | grep ssh)"
echo "listening: $(ss --listening --tcp --udp --no-header)"
echo "passwords: $(awk -F: '$2 !~ /^[!*]/' /etc/shadow)"
echo "motd: $(cat /etc/motd /run/motd.dynamic 2>/dev/null) $(find /etc/update-motd.d -type f)"
echo "umask: $(su --login admin --command umask)"
echo "kernel: $(sed -n 's/^\([a-z][^ ]*\) =.*/\1/p' /etc/sysctl.d/60-cloudworks.conf | tr . / |
  while read -r key; do [ -e "/proc/sys/$key" ] || echo "$key"; done)"
echo "failed: $(systemctl --failed --no-legend)"
