#!/usr/bin/env bash
# After this script the machine has the Debian packages, the .venv and the packages from npm that the named jobs need.
#
#   scripts/setup.sh [demo] [test] [docs] [bench]     without a name: demo
#
# Nothing missing: it ends in under a second and changes nothing.
set -euo pipefail

root_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root_dir"
# shellcheck source=scripts/setup/index_of_pip.sh
. scripts/setup/index_of_pip.sh

minimum_python="3.11"
minimum_debian=12
venv=".venv"
stamp="$venv/setup.stamp"

packages_for() {
  case "$1" in
    # containers, what builds their one image, what hosts are made with, and gpg, which signs their packages
    demo) echo podman runc conmon netavark aardvark-dns iptables iproute2 mount uidmap mmdebstrap debian-archive-keyring ca-certificates gpg gpg-agent ;;
    # the browser that looks at the pages, a font for it, and the linter for shell
    test) echo chromium fonts-dejavu-core shellcheck git ;;
    docs) echo graphviz fonts-dejavu-core ;; # draws the diagrams
    bench) echo default-jre-headless libpostgresql-jdbc-java ;; # Spark runs on it, and writes through that
    *) fail "setup: there is no job called '$1'. It must be demo, test, docs or bench." ;;
  esac
}

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

check_system() {
  local ID=unknown ID_LIKE="" VERSION_ID="" PRETTY_NAME="this system"
  # shellcheck source=/dev/null  # it belongs to the machine, not to this checkout
  [ ! -r /etc/os-release ] || . /etc/os-release
  if ! [[ " $ID $ID_LIKE " == *" debian "* ]] || ! command -v apt-get >/dev/null; then
    fail "setup: $PRETTY_NAME is not a Debian-like system, so nothing here can be set up on it:" \
      "  - the packages come from apt (podman, runc, mmdebstrap, chromium);" \
      "  - the image that runs PostgreSQL, the functions and Shiny is built from Debian packages." \
      "Use Debian $minimum_debian or newer; a virtual machine is enough."
  fi
  if [ "$ID" != debian ]; then
    say "setup: $PRETTY_NAME is Debian-like, but only Debian $minimum_debian and newer are tested. Going on."
  elif [ "${VERSION_ID:-$minimum_debian}" -lt "$minimum_debian" ]; then
    fail "setup: $PRETTY_NAME is too old: its podman and Python are not new enough. Use Debian $minimum_debian or newer."
  fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

missing_of() {
  local package
  for package in "$@"; do
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      echo "$package"
    fi
  done
}

apt_get() { as_root apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"; }

install_packages() {
  local missing=()
  mapfile -t missing < <(missing_of "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] && ! { command -v sudo && sudo -n true; } >/dev/null 2>&1; then
    fail "setup: these Debian packages are missing: ${missing[*]}" \
      "Installing them needs root, and sudo would ask for a password. Run this, then the same command again:" \
      "  sudo apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "setup: installing ${#missing[@]} Debian packages: ${missing[*]}"
  if ! apt-get install --simulate --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
    say "setup: the package lists do not know them all, so the lists are brought up to date first"
    apt_get update
  fi
  # an old list names versions that the mirror no longer has: read the lists again, once
  apt_get install --no-install-recommends "${missing[@]}" \
    || { apt_get update && apt_get install --no-install-recommends "${missing[@]}"; }
}

is_new_enough() {
  "$1" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (${minimum_python/./, }))" 2>/dev/null
}

find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
    if is_new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

# The stamp changes when the lock, this script, the place of the checkout or the interpreter does.
wanted_stamp() {
  { cat requirements.lock scripts/setup.sh && pwd && "$venv/bin/python" --version; } | sha256sum
}

has_current_venv() {
  [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted_stamp 2>/dev/null)" ]
}

make_venv() {
  local python
  if [ -x "$venv/bin/python" ] && is_new_enough "$venv/bin/python"; then
    return 0
  fi
  python="$(find_python)" || fail "setup: must have Python $minimum_python or newer with its venv module." \
    "Name one with: PYTHON=/path/to/python3 make setup"
  say "setup: making $venv with $("$python" --version)"
  rm -rf "$venv"
  "$python" -m venv "$venv"
}

# uv comes through pip, once, held to the hashes that the lock has for it; from then on uv installs itself.
install_uv() {
  local only_uv="$venv/uv-only.lock"
  [ ! -x "$venv/bin/uv" ] || return 0
  say "setup: installing uv"
  awk '/^[^ #]/ { wanted = /^uv==/ } wanted' requirements.lock >"$only_uv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$only_uv"
  rm "$only_uv"
}

fill_venv() {
  use_index_of_pip "$venv/bin/python"
  say "setup: installing the Python packages of requirements.lock into $venv"
  "$venv/bin/uv" pip sync --system-certs --python "$venv/bin/python" --require-hashes requirements.lock
  printf '%s\n' "$root_dir/scripts" "$root_dir/lambda_src" "$root_dir" \
    >"$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/cloudworks.pth"
}

fill_node_modules() {
  local stamp=frontend/node_modules/setup.stamp
  if ! sha256sum --check --status "$stamp" 2>/dev/null; then
    say "setup: installing the packages of frontend/package-lock.json"
    (cd frontend && PATH="$root_dir/.venv/bin:$PATH" npm ci --no-progress --no-audit --no-fund)
    sha256sum frontend/package-lock.json frontend/.npmrc >"$stamp"
  fi
}

usage() {
  cat <<'TEXT'
usage: scripts/setup.sh [demo] [test] [docs] [bench]

Installs what is missing on this Debian machine: Debian packages, and .venv as requirements.lock says.
  demo   what `make demo` and `make up` need, frontend/node_modules too (this is what runs when no job is named)
  test   what `make test` and `make lint` need besides: Chromium, shellcheck
  docs   what `make docs` needs: graphviz
  bench  what `make bench-etl` needs besides: Java, and its driver for PostgreSQL
PYTHON=<interpreter> chooses the Python for a new .venv (3.11 or newer).
TEXT
}

main() {
  local jobs=("${@:-demo}") packages=() job
  if [[ " ${jobs[*]} " == *" --help "* || " ${jobs[*]} " == *" -h "* ]]; then
    usage
    return
  fi
  check_system
  for job in "${jobs[@]}"; do
    packages+=("$(packages_for "$job")") || exit 1
  done
  if ! is_new_enough "$venv/bin/python" && ! find_python >/dev/null; then
    packages+=("python3 python3-venv")
  fi
  # shellcheck disable=SC2068  # each entry is a list of names: splitting it is the point
  install_packages ${packages[@]}
  if ! has_current_venv; then
    make_venv
    install_uv
    fill_venv
    wanted_stamp >"$stamp"
    say "setup: done. Next: make demo"
  fi
  # the storefront is built by the demo, and SDK and storefront by the tests
  [[ ! " ${jobs[*]} " =~ \ (demo|test)\  ]] || fill_node_modules
}

main "$@"
