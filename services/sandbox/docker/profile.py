"""The engine's filter of system calls for a container that holds a browser. Pure.

The engine's default forbids user namespaces, of which a browser makes its own sandbox. This one allows them, and
refuses what somebody who is root in a namespace of their own could reach beside them. Jobs keep the default, with
`services.sandbox.seccomp` over it.
"""

from __future__ import annotations

import json
from typing import Any

from services.sandbox.seccomp import FAMILIES, REFUSED

_ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
_NEEDED = {"memfd_create", "unshare", "chroot"}
_EPERM = 1
_NETLINK, _ROUTE = 16, 0

_ALSO_REFUSED = (
    "acct",
    "clock_adjtime",
    "clock_settime",
    "delete_module",
    "fanotify_init",
    "ioperm",
    "iopl",
    "kexec_file_load",
    "lookup_dcookie",
    "modify_ldt",
    "mq_open",
    "nfsservctl",
    "personality",
    "pidfd_getfd",
    "process_madvise",
    "quotactl_fd",
    "reboot",
    "setdomainname",
    "sethostname",
    "settimeofday",
    "swapoff",
    "swapon",
    "sysfs",
    "syslog",
    "uselib",
    "ustat",
    "vhangup",
)


def browser_profile(machine: str) -> str:
    """The profile as the engine takes it, for a machine as ``platform.machine()`` names it. Calls by another
    architecture's numbers end their process."""
    refused = sorted({*REFUSED, *_ALSO_REFUSED} - _NEEDED)
    families = [number for number in range(_NETLINK) if number not in FAMILIES]
    rules = [
        _refusal(refused),
        _refusal(["socket"], _condition(0, "GT", _NETLINK)),
        *(_refusal(["socket"], _condition(0, "EQ", number)) for number in families),
        _refusal(["socket"], _condition(0, "EQ", _NETLINK), _condition(2, "NE", _ROUTE)),
    ]
    architectures = [_ARCHITECTURES[machine]]
    return json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "architectures": architectures, "syscalls": rules})


def _refusal(names: list[str], *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": _EPERM, "args": list(conditions)}


def _condition(index: int, operation: str, value: int) -> dict[str, Any]:
    return {"index": index, "op": f"SCMP_CMP_{operation}", "value": value}
