#!/usr/bin/env bash
# After this script the machine has Java, and .venv-spark as requirements-spark.lock says: what the Spark job runs on
# on one machine. A .venv of its own: 750 MB, and packages that nothing else here needs.
set -euo pipefail

root_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root_dir"

if [ "${1:-}" = --help ]; then
  echo "usage: scripts/setup_spark.sh"
  exit 0
fi
scripts/setup.sh demo bench # which brings Java
stamp=".venv-spark/setup.stamp"
if sha256sum --check --status "$stamp" 2>/dev/null; then
  exit 0
fi
echo "setup: installing the Python packages of requirements-spark.lock into .venv-spark (Spark itself is 450 MB)"
# as scripts/setup.sh does: uv does not read pip's settings, and pip ends with 1 where no index is set
if index="${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null)}"; then
  export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
fi
rm -rf .venv-spark
.venv/bin/uv venv --quiet --python .venv/bin/python .venv-spark
.venv/bin/uv pip sync --quiet --system-certs --python .venv-spark/bin/python --require-hashes requirements-spark.lock
sha256sum requirements-spark.lock .venv-spark/bin/python >"$stamp"
