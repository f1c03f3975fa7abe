#!/usr/bin/env bash
# After this script the machine has Java, and .venv-spark as requirements-spark.lock says: what the Spark job runs on
# on one machine. A .venv of its own: 750 MB, and packages that nothing else here needs.
set -euo pipefail

root_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root_dir"
# shellcheck source=scripts/setup/index_of_pip.sh
. scripts/setup/index_of_pip.sh

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
use_index_of_pip .venv/bin/python
rm -rf .venv-spark
.venv/bin/uv venv --quiet --python .venv/bin/python .venv-spark
.venv/bin/uv pip sync --quiet --system-certs --python .venv-spark/bin/python --require-hashes requirements-spark.lock
sha256sum requirements-spark.lock .venv-spark/bin/python >"$stamp"
