"""The first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("component", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("component"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "memos",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("settled_at", sa.Float(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_memos_owner", "memos", ["owner"], unique=False)
    op.create_table(
        "profile_documents",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "profiles",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "runs",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("profile_hash", sa.String(length=64), nullable=False),
        sa.Column("versions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("cancelled_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(op.f("ix_runs_created_at"), "runs", ["created_at"], unique=False)
    op.create_table(
        "evaluations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("run", sa.String(length=200), nullable=False),
        sa.Column("rollout_id", sa.String(length=200), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=128), nullable=False),
        sa.Column("derived_from", sa.String(length=64), nullable=True),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("completion", sa.String(length=64), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("group_name", sa.String(length=200), nullable=True),
        sa.Column("sample", sa.Integer(), nullable=True),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("metadata", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("profile_hash", sa.String(length=64), nullable=False),
        sa.Column("versions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=200), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("losses", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("not_before", sa.Float(), nullable=False),
        sa.Column("dispatched_at", sa.Float(), nullable=False),
        sa.Column("parked_on", sa.String(length=64), nullable=True),
        sa.Column("reward", sa.Float(), nullable=True),
        sa.Column("band", sa.String(length=32), nullable=True),
        sa.Column("components", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("rewards_by_profile", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("unscored_reason", sa.String(length=64), nullable=True),
        sa.Column("unscored_detail", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.String(length=64), nullable=True),
        sa.Column("shot_hash", sa.String(length=64), nullable=True),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("queue_seconds", sa.Float(), nullable=False),
        sa.Column("work_seconds", sa.Float(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["profile_hash"],
            ["profile_documents.hash"],
        ),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.name"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run", "rollout_id", name="uq_evaluations_run_rollout"),
    )
    op.create_index("ix_evaluations_parked_on", "evaluations", ["parked_on"], unique=False)
    op.create_index("ix_evaluations_run_created", "evaluations", ["run", "created_at", "id"], unique=False)
    op.create_index("ix_evaluations_run_step", "evaluations", ["run", "step"], unique=False)
    op.create_index("ix_evaluations_status_stage", "evaluations", ["status", "stage"], unique=False)
    op.create_table(
        "reports",
        sa.Column("evaluation_id", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("written_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "stage"),
    )
    op.create_index(op.f("ix_reports_written_at"), "reports", ["written_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_reports_written_at"), table_name="reports")
    op.drop_table("reports")
    op.drop_index("ix_evaluations_status_stage", table_name="evaluations")
    op.drop_index("ix_evaluations_run_step", table_name="evaluations")
    op.drop_index("ix_evaluations_run_created", table_name="evaluations")
    op.drop_index("ix_evaluations_parked_on", table_name="evaluations")
    op.drop_table("evaluations")
    op.drop_index(op.f("ix_runs_created_at"), table_name="runs")
    op.drop_table("runs")
    op.drop_table("profiles")
    op.drop_table("profile_documents")
    op.drop_index("ix_memos_owner", table_name="memos")
    op.drop_table("memos")
    op.drop_table("api_keys")
    op.drop_table("announcements")
