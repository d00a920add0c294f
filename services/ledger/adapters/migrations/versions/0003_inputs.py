"""Remember of each entry where its fill lies in the log, so that its span and its lineage say so after a crash too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "ledger"


def upgrade() -> None:
    op.add_column("entries", sa.Column("input_partition", sa.Integer, nullable=True), schema=SCHEMA)
    op.add_column("entries", sa.Column("input_offset", sa.BigInteger, nullable=True), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("entries", "input_offset", schema=SCHEMA)
    op.drop_column("entries", "input_partition", schema=SCHEMA)
