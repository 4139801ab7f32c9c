#!/bin/sh
# The Debian image that the Dockerfile begins with, under the name that it uses, where no registry can be asked for it:
# made by debootstrap from the Debian mirror of this machine, as slim as Debian's own.
# Usage: base-image.sh [NAME]    NAME: debian:bookworm-slim where left out; the word before the hyphen is the release
set -eu

name=${1:-debian:bookworm-slim}
release=${name#*:}
release=${release%%-*}

if docker image inspect "$name" >/dev/null 2>&1 || docker pull --quiet "$name" >/dev/null 2>&1; then
    exit 0
fi
echo "$name cannot be pulled: it is made by debootstrap" >&2
if [ "$(id -u)" -ne 0 ]; then
    echo "that needs root" >&2
    exit 1
fi
"$(dirname "$0")/install-system.sh" debootstrap
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The words in single quotes are apt's own.
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $release" 'Created-By: Packages' | head -n 1)
debootstrap --variant=minbase "$release" "$folder" ${mirror:+"$mirror"} >"$folder.log" 2>&1 || {
    tail -n 20 "$folder.log" >&2
    exit 1
}
rm -f "$folder.log"

# What Debian's slim images leave out, now and of every package that is installed later.
cat >"$folder/etc/dpkg/dpkg.cfg.d/slim" <<'END'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
END
find "$folder/usr/share/doc" -type f ! -name copyright -delete
rm -rf "$folder"/usr/share/info/* "$folder"/usr/share/locale/* "$folder"/usr/share/man/*
rm -rf "$folder"/var/lib/apt/lists/* "$folder"/var/cache/apt/* "$folder"/var/cache/debconf/*-old
rm -rf "$folder"/var/log/* "${folder:?}"/dev/*

for suite in "$release-updates" "$release-security"; do
    # shellcheck disable=SC2016
    uri=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 'Created-By: Packages' | head -n 1)
    [ -z "$uri" ] || echo "deb $uri $suite main" >>"$folder/etc/apt/sources.list"
done
tar --create --numeric-owner --directory "$folder" . | docker import --change 'CMD ["bash"]' - "$name" >/dev/null
