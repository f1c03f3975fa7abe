#!/bin/sh
# Makes the folders that Lambda has: the runtime's and the function's.
set -eu
mkdir -p "$1/var/runtime" "$1/var/task"
