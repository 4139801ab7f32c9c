#!/bin/sh
# Redis as the queues need it: every change on disk within a second, nothing evicted, one user without commands that
# an operator alone should give. The password comes by WEBGEN_REDIS_PASSWORD.
set -eu

: "${WEBGEN_REDIS_PASSWORD:?}"
umask 077
cat >/run/redis/redis.conf <<END
bind * -::*
dir /data
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
user default off
user webgen on >$WEBGEN_REDIS_PASSWORD ~* &* +@all -@admin -@dangerous +info
END
exec redis-server /run/redis/redis.conf
