#!/bin/sh
# A container engine for tests, where none answers yet. Standard output is its address.
# Usage: engine.sh start FOLDER    installs docker.io where root may, and starts an engine that keeps all below FOLDER
#        engine.sh start FOLDER networks    the same with networks, for containers that speak to one another
#        engine.sh stop FOLDER     ends the engine that `start` started there, with its containers, and no other
set -eu

usage="usage: engine.sh start|stop FOLDER [networks]"
word=${1:?$usage}
folder=${2:?$usage}
networks=${3:-}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
pid_file=$folder/engine.pid

# A socket's path may have 107 characters, whatever the folder's.
socket=/run/webgen-engine-$(printf '%s' "$folder" | cksum | cut -d ' ' -f 1).sock

answers() {
    docker --host "$1" version --format '{{.Server.Version}}' >/dev/null 2>&1
}

is_ours() {
    [ -f "$pid_file" ] && tr '\0' '\n' <"/proc/$(cat "$pid_file")/cmdline" 2>/dev/null | grep -qxF "$pid_file"
}

begin() {
    for address in ${DOCKER_HOST:-} unix:///var/run/docker.sock "unix://$socket"; do
        if command -v docker >/dev/null && answers "$address"; then
            echo "$address"
            return
        fi
    done
    if [ "$(id -u)" -ne 0 ]; then
        echo "no container engine answers; as root: apt-get install docker.io && systemctl start docker" >&2
        exit 1
    fi
    "$(dirname "$0")/install-system.sh" docker.io >&2
    # Later releases have its command line in a package of its own.
    command -v docker >/dev/null || "$(dirname "$0")/install-system.sh" docker-cli >&2
    # Where containers have no network, neither has it: no bridge, no rules of the firewall.
    alone="--bridge none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false"
    [ -z "$networks" ] || alone=""
    # shellcheck disable=SC2086
    setsid dockerd --host "unix://$socket" --pidfile "$pid_file" --data-root "$folder/data" \
        --exec-root "$folder/exec" $alone >"$folder/engine.log" 2>&1 </dev/null &
    tries=0
    until answers "unix://$socket"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 120 ]; then
            tail -n 20 "$folder/engine.log" >&2
            exit 1
        fi
        sleep 0.5
    done
    echo "unix://$socket"
}

end() {
    is_ours || return 0
    docker --host "unix://$socket" ps --all --quiet | xargs -r docker --host "unix://$socket" rm --force >/dev/null
    pid=$(cat "$pid_file")
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
    rm -rf "$folder/data" "$folder/exec" "$folder/engine.log" "$socket"
}

case $word in
start) begin ;;
stop) end ;;
*)
    echo "$usage" >&2
    exit 2
    ;;
esac
