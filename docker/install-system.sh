#!/bin/sh
# Install Debian packages that are missing, where this may be done; otherwise name them and go on.
# Usage: install-system.sh PACKAGE...
set -eu

missing=""
for package in "$@"; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing system packages:$missing" >&2
    echo "as root: apt-get install --no-install-recommends$missing" >&2
    echo "going on without them: packaged Redis, Node and browser serve where they can; webgen-reward doctor tells" >&2
    exit 0
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || echo "the package lists could not be refreshed: going on with those that are here" >&2
for package in $missing; do
    # One by one: a package that this release does not have must not keep the others away.
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        echo "could not install $package: webgen-reward doctor tells what needs it" >&2
done
