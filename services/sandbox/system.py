"""What there is of this machine's system folders: the same for every body."""

from __future__ import annotations

import platform
from pathlib import Path

from services.sandbox.command import System
from services.sandbox.seccomp import seccomp_filter

_ETC = ("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d")
_TOP = ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin")


def this_system(user: int | None) -> System:
    """Merged folders are links.

    Args:
        user: as in `System`.
    """
    top = [Path(path) for path in _TOP]
    folders = ["/usr", *(str(p) for p in top if p.is_dir() and not p.is_symlink())]
    links = tuple((str(p.readlink()), str(p)) for p in top if p.is_symlink())
    folders += [path for path in _ETC if Path(path).exists()]
    return System(tuple(folders), links, user, seccomp_filter(platform.machine()), _counts_by_namespace())


def _counts_by_namespace() -> bool:
    major, minor = (int("".join(filter(str.isdigit, part))) for part in platform.release().split(".")[:2])
    return (major, minor) >= (5, 14)
