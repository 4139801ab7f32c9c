"""Makes ``worker.json`` out of the profile that container engines have by default: ``make.py DEFAULT.json``.

The default is github.com/moby/profiles, ``seccomp/default.json`` of commit cd3bed8 (Apache License 2.0). What is
changed, and why, is data below; README.md beside this file says it for readers.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ARCHITECTURES = {"SCMP_ARCH_X86_64": {"amd64"}, "SCMP_ARCH_AARCH64": {"arm64"}}
NEW_USER, NEW_PID, NEW_NET = 0x1000_0000, 0x2000_0000, 0x4000_0000
NOTHING_ELSE = 0xFFFF_FFFF & ~(NEW_USER | NEW_PID | NEW_NET)
KIND_OF_FILE, FIFO = 0o170_000, 0o010_000

ADDED: dict[str, list[dict[str, Any]]] = {
    "clone": [],
    "unshare": [{"index": 0, "value": NOTHING_ELSE, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}],
    "mount": [],
    "umount2": [],
    "pivot_root": [],
    "sethostname": [],
    "chroot": [],
    "mknod": [{"index": 1, "value": KIND_OF_FILE, "valueTwo": FIFO, "op": "SCMP_CMP_MASKED_EQ"}],
    "mknodat": [{"index": 2, "value": KIND_OF_FILE, "valueTwo": FIFO, "op": "SCMP_CMP_MASKED_EQ"}],
}
"""Name -> conditions on its arguments. The last two are allowed without any by default."""

REMOVED = frozenset(
    {"ptrace", "process_vm_readv", "process_vm_writev", "memfd_secret", "modify_ldt"}
    | {"lookup_dcookie", "syslog", "quotactl", "userfaultfd", "vmsplice", "name_to_handle_at"}
)
"""Of the default; nothing of ours needs them."""


def profile(default: dict[str, Any]) -> dict[str, Any]:
    """The default as it is for a process without capabilities, with what is added and without what is removed.

    In the form that engines and Kubernetes both read: no conditions on capabilities, kernels or machines.
    """
    kept = [rule for rule in map(_resolved, default["syscalls"]) if rule]
    added = [_rule([name], arguments) for name, arguments in ADDED.items()]
    return {
        "defaultAction": default["defaultAction"],
        "defaultErrnoRet": default["defaultErrnoRet"],
        "architectures": list(ARCHITECTURES),
        "syscalls": kept + added,
    }


def _resolved(rule: dict[str, Any]) -> dict[str, Any] | None:
    includes, excludes = rule.get("includes", {}), rule.get("excludes", {})
    machines = set().union(*ARCHITECTURES.values())
    if "caps" in includes or not machines & set(includes.get("arches", machines)):
        return None
    if machines & set(excludes.get("arches", [])):
        return None
    names = [name for name in rule["names"] if name not in REMOVED | ADDED.keys()]
    return {**_rule(names, rule.get("args") or []), **_answer(rule)} if names else None


def _rule(names: list[str], arguments: list[dict[str, Any]]) -> dict[str, Any]:
    rule: dict[str, Any] = {"names": names, "action": "SCMP_ACT_ALLOW"}
    return {**rule, "args": arguments} if arguments else rule


def _answer(rule: dict[str, Any]) -> dict[str, Any]:
    refused = {"action": rule["action"]}
    return {**refused, "errnoRet": rule["errnoRet"]} if "errnoRet" in rule else refused


def main() -> None:
    made = profile(json.loads(Path(sys.argv[1]).read_text()))
    Path(__file__).with_name("worker.json").write_text(json.dumps(made, indent=2) + "\n")


if __name__ == "__main__":
    main()
