# shellcheck shell=bash  # what scripts/setup*.sh have in common; to be sourced, not run

# uv does not read pip's settings: where the machine has an index of its own, hand it on.
use_index_of_pip() {
  local python="$1" index
  [ -z "${UV_DEFAULT_INDEX:-}" ] || return 0
  # pip ends with 1 where no index is set, which is the usual case and no fault: then uv keeps its own default
  if index="${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null)}"; then
    export UV_DEFAULT_INDEX="$index"
  fi
}
