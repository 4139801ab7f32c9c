"""The tables. Times are seconds since the epoch (UTC) as floats, so that both databases compare them alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        float: Float,
        int: Integer,
    }


class RunRow(Base):
    """A training run and what it is pinned to."""

    __tablename__ = "runs"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    profile_hash: Mapped[str] = mapped_column(String(64))
    versions: Mapped[dict[str, Any]]
    created_at: Mapped[float] = mapped_column(index=True)
    cancelled_at: Mapped[float | None]


class ProfileRow(Base):
    """A profile that a reward designer has put, by name."""

    __tablename__ = "profiles"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[float]


class ProfileDocumentRow(Base):
    """Every profile document that was ever used, by hash. Never changed: evaluations point here."""

    __tablename__ = "profile_documents"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[dict[str, Any]]


class AnnouncementRow(Base):
    """The version of a component that a worker announced last.

    ``offers``: further versions that the same worker serves where an evaluation asks for one, by version
    (`services.pipeline.versions.Offer`).
    """

    __tablename__ = "announcements"

    component: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(String(200))
    seen_at: Mapped[float]
    offers: Mapped[dict[str, Any] | None]


class EvaluationRow(Base):
    """One rollout's journey.

    ``attempt`` fences: only the holder of the current one may report. ``failures`` and ``losses`` count tries per
    stage that ended by our own fault and claims that were lost. ``parked_on`` is the key of equal work that
    another evaluation is doing right now. ``asked`` is what a derived evaluation's judge is asked for besides its
    version: the body of the rejudge call. ``figures`` is what statistics need of its reports. ``left_behind`` are
    artifacts of a stage that failed through our own fault, by name: there is no report that could hold them.
    ``request_id`` and ``traceparent`` are those of the request that submitted it (`services.telemetry.traces`).
    """

    __tablename__ = "evaluations"
    __table_args__ = (
        UniqueConstraint("run", "rollout_id", name="uq_evaluations_run_rollout"),
        Index("ix_evaluations_status_stage", "status", "stage"),
        Index("ix_evaluations_run_step", "run", "step"),
        Index("ix_evaluations_run_created", "run", "created_at", "id"),
        Index("ix_evaluations_parked_on", "parked_on"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run: Mapped[str] = mapped_column(ForeignKey("runs.name"))
    rollout_id: Mapped[str] = mapped_column(String(200))
    body_hash: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str] = mapped_column(String(128))
    traceparent: Mapped[str | None] = mapped_column(String(55))
    derived_from: Mapped[str | None] = mapped_column(String(64))
    asked: Mapped[dict[str, Any] | None]

    instruction: Mapped[str] = mapped_column(Text)
    completion: Mapped[str] = mapped_column(String(64))
    step: Mapped[int | None]
    group: Mapped[str | None] = mapped_column("group_name", String(200))
    sample: Mapped[int | None]
    truncated: Mapped[bool]
    extra: Mapped[dict[str, Any]] = mapped_column("metadata")
    profile_hash: Mapped[str] = mapped_column(ForeignKey("profile_documents.hash"))
    versions: Mapped[dict[str, Any]]

    status: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int]
    worker: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[float | None]
    alone: Mapped[bool]
    failures: Mapped[dict[str, Any]]
    losses: Mapped[dict[str, Any]]
    not_before: Mapped[float]
    dispatched_at: Mapped[float]
    parked_on: Mapped[str | None] = mapped_column(String(64))

    reward: Mapped[float | None]
    band: Mapped[str | None] = mapped_column(String(32))
    components: Mapped[dict[str, Any]]
    rewards_by_profile: Mapped[dict[str, Any]]
    unscored_reason: Mapped[str | None] = mapped_column(String(64))
    unscored_detail: Mapped[str | None] = mapped_column(Text)
    source_hash: Mapped[str | None] = mapped_column(String(64))
    shot_hash: Mapped[str | None] = mapped_column(String(64))
    figures: Mapped[dict[str, Any] | None]
    left_behind: Mapped[dict[str, Any] | None]

    since: Mapped[float]
    queue_seconds: Mapped[float]
    work_seconds: Mapped[float]
    created_at: Mapped[float]
    ended_at: Mapped[float | None]


class ReportRow(Base):
    """What one stage found. Inserted once, never updated."""

    __tablename__ = "reports"

    evaluation_id: Mapped[str] = mapped_column(ForeignKey("evaluations.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(16), primary_key=True)
    attempt: Mapped[int]
    body: Mapped[dict[str, Any]]
    written_at: Mapped[float] = mapped_column(index=True)


class MemoRow(Base):
    """Work that is being done (``owner``) or was done (``report``), by the hash of everything that goes into it."""

    __tablename__ = "memos"
    __table_args__ = (Index("ix_memos_owner", "owner"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    stage: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str | None] = mapped_column(String(64))
    report: Mapped[dict[str, Any] | None]
    settled_at: Mapped[float | None]
    created_at: Mapped[float]


class SpendingRow(Base):
    """What one run spent on one model of the judge. Only ever added to; see `services.stores.ledger`.

    ``cost`` is in units of 10^-10 of the currency, of the calls that had a price; ``unpriced_calls`` had none.
    """

    __tablename__ = "judge_spending"

    run: Mapped[str] = mapped_column(ForeignKey("runs.name"), primary_key=True)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)
    unpriced_calls: Mapped[int] = mapped_column(BigInteger)
    prompt_tokens: Mapped[int] = mapped_column(BigInteger)
    completion_tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[int] = mapped_column(BigInteger)


class KeyRow(Base):
    """An API key, as a hash."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[float]
    revoked_at: Mapped[float | None]
