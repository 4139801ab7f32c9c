"""A network namespace of our own: loopback and the metadata addresses on it, and no way to any other machine."""

from __future__ import annotations

import ctypes
import fcntl
import ipaddress
import os
import socket
import struct
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _SIOCSIFADDR = 0x8914, 0x8916
_UP = 0x1
LOOPBACK = "lo"
METADATA = (ipaddress.IPv4Address("169.254.169.254"), ipaddress.IPv6Address("fd00:ec2::254"))


def enter() -> None:
    """Move this process, and all that it starts, into a new network namespace. Call it before any thread starts.

    Raises:
        OSError: the machine allows it neither to root nor by a user namespace.
    """
    user, group = os.getuid(), os.getgid()
    flags = _CLONE_NEWNET if user == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"no network namespace of our own: {os.strerror(number)}; run as root")
    if flags & _CLONE_NEWUSER:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _loopback_up()
    for address in METADATA:
        _add(address)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", LOOPBACK.encode(), _UP))


def _add(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """`ifreq` of an alias for version 4, `in6_ifreq` for version 6; see netdevice(7)."""
    if address.version == 4:
        request = struct.pack("16sHH4s8x", f"{LOOPBACK}:1".encode(), socket.AF_INET, 0, address.packed)
        family = socket.AF_INET
    else:
        request = struct.pack("16sIi", address.packed, 128, socket.if_nametoindex(LOOPBACK))
        family = socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFADDR, request)
