#!/bin/sh
# Build images: all of them, or those named. What this machine's apt, pip and npm are told (mirrors, proxies,
# certificates) goes to the build as secrets and stays in no layer.
# Usage: build.sh [TARGET...]    WEBGEN_IMAGES: what names begin with, webgen-reward where unset; WEBGEN_TAG: latest
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
prefix=${WEBGEN_IMAGES:-webgen-reward}
tag=${WEBGEN_TAG:-latest}
base=${WEBGEN_BASE:-debian:bookworm-slim}
[ $# -gt 0 ] || set -- gateway resolver build render judge redis postgres prometheus

# Secrets need BuildKit: a client with its plugin, or one old enough to have it built in.
client=""
for each in docker /usr/bin/docker; do
    if DOCKER_BUILDKIT=1 "$each" build --help 2>/dev/null | grep -q -- --secret; then
        client=$each
        break
    fi
done
if [ -z "$client" ]; then
    echo "images are built with BuildKit; as root: apt-get install docker-buildx (or docker.io before release 23)" >&2
    exit 1
fi

"$root/docker/base-image.sh" "$base"

kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
apt-config dump Acquire >"$kept/apt" 2>/dev/null || : >"$kept/apt"
cat "${PIP_CONFIG_FILE:-/etc/pip.conf}" >"$kept/pip" 2>/dev/null || :
cat "${NPM_CONFIG_USERCONFIG:-$HOME/.npmrc}" >"$kept/npm" 2>/dev/null || :
cat "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" >"$kept/certificates" 2>/dev/null || :

secrets=""
for name in apt pip npm certificates; do
    [ ! -s "$kept/$name" ] || secrets="$secrets --secret id=$name,src=$kept/$name"
done
revision=$(git -C "$root" rev-parse HEAD 2>/dev/null || echo unknown)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/pyproject.toml")
for target in "$@"; do
    # The words of $secrets are separate arguments, and their paths are ours.
    # shellcheck disable=SC2086
    DOCKER_BUILDKIT=1 "$client" build --quiet --network host --target "$target" $secrets \
        --build-arg "BASE=$base" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
        --tag "$prefix/$target:$tag" --file "$root/docker/Dockerfile" "$root" >/dev/null
    docker image inspect --format "$prefix/$target:$tag {{.Size}}" "$prefix/$target:$tag" |
        awk '{ printf "%-36s %6.1f MB\n", $1, $2 / 1e6 }'
done
