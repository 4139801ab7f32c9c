#!/bin/sh
# PostgreSQL with a database `webgen`, its owner, and a role for each process. A role's password comes by the variable
# WEBGEN_DB_<NAME> and is set anew with every start; what a role may do is granted after the migrations
# (services.stores.roles).
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --encoding=UTF8 --locale=C.UTF-8 --auth-local=peer --auth-host=scram-sha-256 >/dev/null
    echo "host webgen all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
fi

# Reachable for nobody else until roles and passwords are set.
pg_ctl --silent --wait --options "-c listen_addresses='' -c unix_socket_directories=/run/sockets" start
role() {
    password=$(printenv "WEBGEN_DB_$(echo "$1" | tr '[:lower:]' '[:upper:]')") || return 0
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --host /run/sockets --dbname postgres \
        --set "name=webgen_$1" --set "password=$password" <<'END'
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
END
}
for name in owner gateway reaper resolver build render judge cleaner; do role "$name"; done
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --host /run/sockets --dbname postgres <<'END'
SELECT 'CREATE DATABASE webgen OWNER webgen_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'webgen')
\gexec
REVOKE CONNECT, TEMPORARY ON DATABASE webgen FROM PUBLIC;
END
pg_ctl --silent --wait --mode fast stop

exec postgres -c listen_addresses='*' -c unix_socket_directories=/run/sockets -c max_connections=300
