#!/bin/sh
# Keeps PostgreSQL's package from making a cluster: each part of the stack makes its own.
set -eu
mkdir -p "$1/etc/postgresql-common"
echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"
