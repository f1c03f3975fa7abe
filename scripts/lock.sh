#!/usr/bin/env bash
# After this script every lock agrees with its requirements*.in: exact versions, with hashes.
#
#   scripts/lock.sh [--upgrade]     without --upgrade a version stays as long as it still fits
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-}" in
  "" | --upgrade) ;;
  *)
    echo "usage: scripts/lock.sh [--upgrade]"
    [ "$1" = --help ] && exit 0 || exit 1
    ;;
esac

compile() {
  local input="$1" output="$2"
  shift 2
  echo "lock: $input -> $output"
  .venv/bin/uv pip compile --quiet --system-certs --generate-hashes --custom-compile-command "make lock" \
    "$input" --output-file "$output" "$@"
}

# The toolkit runs on every Python from 3.11 on, so its lock holds for all of them.
compile requirements-dev.in requirements.lock --universal --python-version 3.11 "$@"

# A function carries the very versions that the tests ran on the oldest Python: one set, tested once.
mkdir -p build
awk '/^[a-z0-9]/ && !/python_full_version >=/ { print $1 }' requirements.lock >build/tested-versions.txt
for input in lambda_src/*/requirements.in; do
  compile "$input" "${input%.in}.lock" --python-version 3.13 --constraints build/tested-versions.txt
done

# The Spark job is the ETL function's code: on one machine it runs on the same versions of the same packages.
compile requirements-spark.in requirements-spark.lock --universal --python-version 3.11 --no-annotate \
  --constraints build/tested-versions.txt

# What the functions' runtime has on AWS without our doing: the local stack's image carries it, too.
compile local_stack/image/runtime.in local_stack/image/runtime.lock --universal --python-version 3.13 --no-annotate

# What is only measured beside our own: in no .venv and in no zip.
compile tests/bench/peers.in tests/bench/peers.lock --universal --python-version 3.11 --no-annotate "$@"
