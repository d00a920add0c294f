"""Number the notes, so that those that were read already need not be read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "execution"
_INDEX = "ix_execution_commands_number"


def upgrade() -> None:
    number = sa.Column("number", sa.BigInteger, sa.Identity(always=False), nullable=False)
    op.add_column("commands", number, schema=SCHEMA)
    op.create_index(_INDEX, "commands", ["number"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_index(_INDEX, "commands", schema=SCHEMA)
    op.drop_column("commands", "number", schema=SCHEMA)
