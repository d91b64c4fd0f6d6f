#!/bin/sh
# Runs once, when the database folder is new: the programs' role, which owns nothing and passes no isolation.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$OTKLIK_APP_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role otklik_app login password :'password';
revoke all on database otklik from public;
grant connect on database otklik to otklik_app;
SQL
