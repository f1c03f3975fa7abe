#!/usr/bin/env bash
# After this script .venv/judges holds the policy simulator that the tests ask, exactly as
# tests/judges/package-lock.json says. Nothing missing: it changes nothing.
#
#   scripts/setup_judges.sh     needs .venv (scripts/setup.sh)
set -euo pipefail

case "${1:-}" in
  "") ;;
  *)
    echo "usage: scripts/setup_judges.sh"
    [ "$1" = --help ] && exit 0 || exit 1
    ;;
esac

root_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
asked="$root_dir/tests/judges"
place="$root_dir/.venv/judges"

if cmp --silent "$asked/package-lock.json" "$place/installed.json"; then
  exit 0
fi
echo "setup: installing the policy simulator of tests/judges/package-lock.json into .venv/judges"
mkdir -p "$place"
cp "$asked/package.json" "$asked/package-lock.json" "$place/"
# no script of a package is run
(cd "$place" && "$root_dir/.venv/bin/npm" ci --ignore-scripts --no-audit --no-fund --loglevel error)
cp "$asked/package-lock.json" "$place/installed.json"
