"""Which judges can be asked for, and which one a derived evaluation asks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("announcements", sa.Column("offers", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("evaluations", sa.Column("asked", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("evaluations", "asked")
    op.drop_column("announcements", "offers")
