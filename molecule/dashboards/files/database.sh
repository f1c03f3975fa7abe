#!/bin/sh
# Makes a warehouse of a fresh Debian 13: PostgreSQL with a certificate, the roles, and what /srv/warehouse/warehouse.sql
# says. Runs once.
#
#   database.sh ADDRESS READER_PASSWORD_FILE
set -eu
address=$1
password=$(cat "$2")
folder=/etc/postgresql/17/main
cd /srv/warehouse

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30 -subj "/CN=CloudWorks test CA" \
  -keyout ca.key -out ca.crt 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=database" \
  -keyout server.key -out server.csr 2>/dev/null
printf 'subjectAltName=IP:%s\n' "$address" >names
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -days 30 -extfile names -out server.crt 2>/dev/null
install -o postgres -g postgres -m 0600 server.key server.crt "$folder"

cat >"$folder/conf.d/warehouse.conf" <<EOF
listen_addresses = '$address'
ssl_cert_file = '$folder/server.crt'
ssl_key_file = '$folder/server.key'
fsync = off
EOF
cat >"$folder/pg_hba.conf" <<EOF
local all postgres peer
hostssl warehouse warehouse_reader 10.40.2.0/24 scram-sha-256
EOF
systemctl restart postgresql@17-main

as_owner() { runuser -u postgres -- psql -qX -v ON_ERROR_STOP=1 "$@"; }
as_owner <<EOF
create role warehouse_owner login;
create role warehouse_loader login;
create role warehouse_reader login password '$password';
create database warehouse owner warehouse_owner;
EOF
as_owner --single-transaction --dbname=warehouse --file=/srv/warehouse/warehouse.sql >/dev/null
touch ready
