"""Let commands hold notes: words of operators and closing orders that a later owner must hear of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "execution"
_INDEX = "ix_execution_commands_notes"


def upgrade() -> None:
    kind = sa.Column("kind", sa.Text, nullable=False, server_default="done")
    is_public = sa.Column("is_public", sa.Boolean, nullable=False, server_default="true")
    for column in (kind, is_public):
        op.add_column("commands", column, schema=SCHEMA)
    op.create_index(_INDEX, "commands", ["kind"], schema=SCHEMA, postgresql_where=sa.text("kind <> 'done'"))


def downgrade() -> None:
    op.drop_index(_INDEX, "commands", schema=SCHEMA)
    for name in ("kind", "is_public"):
        op.drop_column("commands", name, schema=SCHEMA)
