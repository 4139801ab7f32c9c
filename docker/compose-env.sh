#!/bin/sh
# Writes what compose.yaml needs and no repository may hold, where it is not there yet: .env with passwords of Redis and
# of each database role, and judge.env with the judge, named explicitly.
# Usage: compose-env.sh heuristic | scripted | vlm ADDRESS MODEL     [FOLDER: WEBGEN_ENV_FOLDER, this one where unset]
# The key of a vision-language model comes by WEBGEN_JUDGE__API_KEY.
set -eu

usage="usage: compose-env.sh heuristic | scripted | vlm ADDRESS MODEL"
kind=${1:?$usage}
folder=${WEBGEN_ENV_FOLDER:-$(dirname "$0")}
umask 077

password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

if [ ! -e "$folder/.env" ]; then
    for name in REDIS_PASSWORD DB_OWNER DB_GATEWAY DB_REAPER DB_RESOLVER DB_BUILD DB_RENDER DB_JUDGE; do
        echo "WEBGEN_$name=$(password)"
    done >"$folder/.env"
fi
[ ! -e "$folder/judge.env" ] || exit 0
{
    echo "WEBGEN_JUDGE__KIND=$kind"
    if [ "$kind" = vlm ]; then
        echo "WEBGEN_JUDGE__BASE_URL=${2:?$usage}"
        echo "WEBGEN_JUDGE__MODEL=${3:?$usage}"
        echo "WEBGEN_JUDGE__API_KEY=${WEBGEN_JUDGE__API_KEY:?the key of the model}"
    fi
} >"$folder/judge.env"
