"""A filter of system calls, as bubblewrap takes it: memory that no sampler sees, kernel interfaces that no bundler
needs, and socket families other than Unix and IP are refused. Pure.

It is for jobs alone: a browser needs some of these for its own sandbox, and brings a filter of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType

_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050001
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_X32 = 0x40000000
FAMILIES = (1, 2, 10, 16)
"""Unix, IPv4, IPv6, and netlink, by which programs list their interfaces."""

_AUDIT = MappingProxyType({"x86_64": 0xC000003E, "aarch64": 0xC00000B7})
_SOCKET = MappingProxyType({"x86_64": 41, "aarch64": 198})

_EVERYWHERE = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "mount_setattr": 442,
    "memfd_secret": 447,
}

REFUSED: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "memfd_create": (319, 279),
        "shmget": (29, 194),
        "msgget": (68, 186),
        "semget": (64, 190),
        "userfaultfd": (323, 282),
        "bpf": (321, 280),
        "perf_event_open": (298, 241),
        "add_key": (248, 217),
        "request_key": (249, 218),
        "keyctl": (250, 219),
        "ptrace": (101, 117),
        "process_vm_readv": (310, 270),
        "process_vm_writev": (311, 271),
        "kcmp": (312, 272),
        "unshare": (272, 97),
        "setns": (308, 268),
        "mount": (165, 40),
        "umount2": (166, 39),
        "pivot_root": (155, 41),
        "chroot": (161, 51),
        "quotactl": (179, 60),
        "open_by_handle_at": (304, 265),
        "kexec_load": (246, 104),
        "init_module": (175, 105),
        "finit_module": (313, 273),
        **{name: (number, number) for name, number in _EVERYWHERE.items()},
    }
)
"""Name -> number on x86_64 and on aarch64."""


def seccomp_filter(machine: str) -> bytes | None:
    """The filter for a machine as ``platform.machine()`` names it; None for one whose numbers are not known here."""
    if machine not in _AUDIT:
        return None
    column = list(_AUDIT).index(machine)
    numbers = [both[column] for both in REFUSED.values()]
    program = [(_LOAD, 0, 0, _MACHINE_AT), (_JUMP_EQUAL, 1, 0, _AUDIT[machine]), (_RETURN, 0, 0, _KILL)]
    program += [(_LOAD, 0, 0, _NUMBER_AT), *_refusals(numbers), (_JUMP_EQUAL, 0, len(FAMILIES) + 1, _SOCKET[machine])]
    program += [(_LOAD, 0, 0, _FIRST_ARGUMENT_AT), *_families()]
    program += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("=HBBI", *step) for step in program)


def _refusals(numbers: list[int]) -> list[tuple[int, int, int, int]]:
    """Jumps to the refusal at the end, past the checks of socket families and the permission before it."""
    behind = len(FAMILIES) + 3
    steps = [(_JUMP_GREATER, len(numbers) + behind, 0, _X32)]
    return steps + [(_JUMP_EQUAL, len(numbers) - i - 1 + behind, 0, number) for i, number in enumerate(numbers)]


def _families() -> list[tuple[int, int, int, int]]:
    """Jumps to the permission, which the last check falls past."""
    last = len(FAMILIES) - 1
    return [(_JUMP_EQUAL, last - i, 1 if i == last else 0, family) for i, family in enumerate(FAMILIES)]
