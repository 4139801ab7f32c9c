"""Groups of settings that several processes share. Frozen values."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


def cache_home() -> Path:
    """Where prepared toolchains and dependency sets live: they outlive any one data folder.

    Root's own cache cannot be read by the user that candidates' programs run as, so root uses the machine's.
    """
    own = "/var/cache" if os.geteuid() == 0 else str(Path.home() / ".cache")
    base = os.environ.get("XDG_CACHE_HOME") or own
    return Path(base) / "webgen-reward"


class Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BrokerSettings(Group):
    """Redis: queues and notifications.

    Attributes:
        url: ``redis://host:port/db`` or ``redis+socket:///path``.
        visibility_timeout: seconds after which Redis hands an unacknowledged message out again; longer than any
            stage's hard limit. The same in every process.
    """

    url: str = "redis://127.0.0.1:6379/0"
    visibility_timeout: int = Field(default=900, ge=60)


class RecordSettings(Group):
    """Attributes:
    url: of the SQL database, as SQLAlchemy has it (``sqlite:///path`` or ``postgresql+psycopg://…``).
    concludes: this process may write rewards. Where its role may not (`services.stores.roles`), an evaluation that
        has come to its end is left to the reaper, within one of its intervals.
    """

    url: SecretStr = SecretStr("sqlite:///webgen-reward.db")
    concludes: bool = True


class S3Settings(Group):
    """A bucket at a server that speaks S3.

    Attributes:
        bucket, region: as its server names them.
        prefix: folder in the bucket that holds the blobs, and nothing else.
        endpoint: ``https://host:port`` of a server other than Amazon's.
        access_key, secret_key: where left out, as AWS has it: ``AWS_*`` variables, web identity, or the machine's role.
        virtual_hosted: the bucket is part of the host's name, not of the path.
        timeout: seconds for one request; one that fails is repeated for up to four times as long.
    """

    bucket: str = Field(min_length=1)
    prefix: str = ""
    region: str = "us-east-1"
    endpoint: str | None = None
    access_key: SecretStr | None = None
    secret_key: SecretStr | None = None
    virtual_hosted: bool = False
    timeout: float = Field(default=30.0, gt=0)


class BlobSettings(Group):
    """Where blobs are. The same in every process.

    Attributes:
        root: the folder, on a disk that all processes share.
        s3: the bucket; where it is given, the folder is not used.
    """

    root: Path = Path("blobs")
    s3: S3Settings | None = None


class RetentionSettings(Group):
    """What ``webgen-reward clean`` keeps.

    Attributes:
        records_days: an evaluation goes, with its reports, so many days after its end, and so does the memory of equal
            work. None: never.
        keep_runs: runs whose evaluations never go; a ``*`` stands for any characters.
        blob_hours: a blob that no record refers to is kept for so long after it was written or used anew. Far longer
            than any stage takes.
        batch: records in one transaction.
    """

    records_days: float | None = Field(default=None, gt=0)
    keep_runs: tuple[str, ...] = ()
    blob_hours: float = Field(default=24.0, ge=24)
    batch: int = Field(default=500, ge=1, le=10_000)


class MetricsSettings(Group):
    """Where Prometheus finds this process. The gateway answers at ``/metrics`` of its own port whatever is set here.

    Attributes:
        port: None: nowhere; 0: any that is free.
        targets: folder into which every process writes its address, as Prometheus' file discovery reads it.
    """

    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65_535)
    targets: Path | None = None


class SandboxSettings(Group):
    """Attributes:
    kind: the sandbox's body; ``docker`` for workers that run on a host, never in a container.
    user: user id for candidate programs where the worker is root; otherwise its own is kept.
    scratch: folder for job files; a temporary folder where left out.
    engine: the container engine's address; as its own programs find it where left out.
    runtime: the engine's runtime; its default where left out.
    ready: containers that wait for jobs of one shape.
    """

    kind: Literal["bubblewrap", "docker"] = "bubblewrap"
    user: int = Field(default=64_731, ge=1)
    scratch: Path | None = None
    engine: str | None = None
    runtime: Literal["runc", "runsc"] | None = None
    ready: int = Field(default=2, ge=0, le=32)


class ToolSettings(Group):
    """Programs and prepared folders.

    Attributes:
        node, npm, browser: program files; found on the machine where left out.
        sets: folder of the toolchain and of dependency sets, shared read-only with the build workers.
        prepared: folder of an image that may hold toolchain, packaged browser and page kit; what is not there is in
            ``sets``.
        sets_bytes: that all dependency sets together may take; those used least recently go first.
        sets_free_bytes: of the disk of ``sets`` that are left free for others, as far as removing sets can do that.
        resolve_before: packages published later do not exist; the toolchain's release has a date of its own. The
            same for every worker, as runs are pinned to it.
        lane: how builds run where a run's profile leaves it at ``auto``. Part of the toolchain's version: the same in
            every process.
    """

    node: Path | None = None
    npm: Path | None = None
    browser: Path | None = None
    sets: Path = Field(default_factory=lambda: cache_home() / "sets")
    prepared: Path | None = None
    sets_bytes: int = Field(default=20_000_000_000, ge=0)
    sets_free_bytes: int = Field(default=2_000_000_000, ge=0)
    resolve_before: date | None = None
    lane: Literal["auto", "scaffold", "project"] = "auto"

    def place(self, name: str) -> Path:
        """Where a prepared folder of this name is, or would be put: what an image holds of it goes before ``sets``."""
        shipped = self.prepared / name if self.prepared else None
        return shipped if shipped and shipped.is_dir() else self.sets / name
