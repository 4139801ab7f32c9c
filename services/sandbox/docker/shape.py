"""What is fixed when a container is made, and the engine's words for it. Pure."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.sandbox.command import (
    HOSTNAME,
    INNER_USER,
    OPEN_FILES,
    PASSWD,
    SMALL_TMPFS_BYTES,
    System,
    thread_limit,
    writable_folders,
)
from services.sandbox.docker.keeper import SLACK_FILES
from services.sandbox.protocol import WORK_DIR, Mount, SandboxJob
from services.sandbox.usage import MAX_FILES

REPOSITORY = "webgen-reward/sandbox"
LABEL = "webgen-reward.sandbox"
SLACK_MEMORY_BYTES = 16_000_000
"""Memory for the container's first process. The job's own limit is sampled; this much above it the kernel kills."""

SLACK_TASKS = 64
_HIDDEN = ("/sys", "/dev/mqueue")
"""Folders of the engine's own that a job has no use for, covered by empty ones."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Jobs of the same shape can take each other's ready containers.

    Attributes:
        mounts: host folders and files bound read-only, beside the machine's own.
        temporary: further folders that get a small writable file system.
        nested: folders between a writable folder and a mount below it, which the engine makes as root's.
        profile: a filter of system calls in place of the engine's default.
    """

    mounts: tuple[Mount, ...]
    temporary: tuple[str, ...]
    disk_bytes: int
    memory_bytes: int
    tasks: int
    nested: tuple[str, ...] = ()
    profile: str | None = None


def shape_of(job: SandboxJob) -> Shape:
    limits, writable = job.limits, writable_folders(job)
    nested = {folder for mount in job.mounts for base in writable for folder in _between(base, mount.target)}
    return Shape(
        mounts=job.mounts,
        temporary=writable[1:],
        disk_bytes=limits.disk_bytes,
        memory_bytes=limits.memory_bytes,
        tasks=thread_limit(limits),
        nested=tuple(sorted(nested)),
    )


def _between(base: str, target: str) -> list[str]:
    """``/job/site`` for ``/job`` and ``/job/site/node_modules``."""
    if not target.startswith(base + "/"):
        return []
    parts = target.removeprefix(base + "/").split("/")[:-1]
    return [f"{base}/{'/'.join(parts[: count + 1])}" for count in range(len(parts))]


def image_archive(system: System) -> bytes:
    """The image: empty folders for what is mounted, the merged folders' links, and the names of users. The same
    bytes for the same machine, so that its hash can name it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in ("dev", "etc", "job", "opt", "proc", "sys", "tmp", "usr"):
            tar.addfile(_entry(folder, tarfile.DIRTYPE))
        for target, path in system.links:
            link = _entry(path.lstrip("/"), tarfile.SYMTYPE)
            link.linkname = target
            tar.addfile(link)
        for path, content in (("etc/passwd", PASSWD), ("etc/group", f"candidate:x:{INNER_USER}:\n")):
            entry = _entry(path, tarfile.REGTYPE)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content.encode()))
    return buffer.getvalue()


def _entry(path: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.type = kind
    entry.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    return entry


def image_tag(archive: bytes) -> str:
    return hashlib.sha256(archive).hexdigest()[:16]


def container(
    shape: Shape, system: System, image: str, argv: Iterable[str], labels: Mapping[str, str], runtime: str | None
) -> dict[str, Any]:
    """The engine's request for one container: no network, no capability, no new privilege, a read-only root, sized
    memory file systems, a user that owns nothing, and the kernel's own limits on memory and tasks. The engine's
    default filter of system calls stays in force, or the shape's own: there is always one."""
    return {
        "Image": image,
        "Cmd": list(argv),
        "User": f"{INNER_USER}:{INNER_USER}",
        "WorkingDir": WORK_DIR,
        "Hostname": HOSTNAME,
        "Env": [],
        "Labels": dict(labels),
        "OpenStdin": True,
        "StdinOnce": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "NetworkDisabled": True,
        "HostConfig": _host(shape, system, runtime),
    }


def _host(shape: Shape, system: System, runtime: str | None) -> dict[str, Any]:
    memory = shape.memory_bytes + SLACK_MEMORY_BYTES
    bound = [Mount(Path(path), path) for path in system.folders] + list(shape.mounts)
    return {
        "NetworkMode": "none",
        "Dns": ["127.0.0.1"],
        "DnsSearch": ["."],
        "IpcMode": "none",
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges:true", *([f"seccomp={shape.profile}"] if shape.profile else [])],
        "PidsLimit": shape.tasks + SLACK_TASKS,
        "Memory": memory,
        "MemorySwap": memory,
        "Ulimits": [_ulimit("core", 0), _ulimit("nofile", OPEN_FILES)],
        "LogConfig": {"Type": "none", "Config": {}},
        "RestartPolicy": {"Name": "no"},
        "Mounts": [_bind(mount) for mount in bound],
        "Tmpfs": _tmpfs(shape),
        **({"Runtime": runtime} if runtime else {}),
    }


def _ulimit(name: str, value: int) -> dict[str, Any]:
    return {"Name": name, "Soft": value, "Hard": value}


def _bind(mount: Mount) -> dict[str, Any]:
    """Not recursive: engines before 25 leave what is mounted below a read-only folder writable."""
    options = {"Propagation": "rprivate", "NonRecursive": True}
    return {
        "Type": "bind",
        "Source": str(mount.source),
        "Target": mount.target,
        "ReadOnly": True,
        "BindOptions": options,
    }


def _tmpfs(shape: Shape) -> dict[str, str]:
    owner = f"rw,exec,nosuid,nodev,mode=0755,uid={INNER_USER},gid={INNER_USER}"
    sizes = {WORK_DIR: shape.disk_bytes, **dict.fromkeys(shape.temporary, SMALL_TMPFS_BYTES)}
    own = {path: f"{owner},size={size},nr_inodes={MAX_FILES + SLACK_FILES}" for path, size in sizes.items()}
    return own | dict.fromkeys(_HIDDEN, "ro,noexec,nosuid,nodev,size=4096,nr_inodes=1,mode=0555")
