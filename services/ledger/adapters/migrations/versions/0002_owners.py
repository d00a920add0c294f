"""Fence each input partition by its owner's epoch; remember of the audit chain what made each link and which are published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "ledger"


def upgrade() -> None:
    # A row is there from the first claim on, before anything was applied.
    op.alter_column("offsets", "next_offset", existing_type=sa.BigInteger, nullable=True, schema=SCHEMA)
    _add("offsets", sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"))
    _add("offsets", sa.Column("owner", sa.Text, nullable=False, server_default=""))
    # Links from before are published once more: under their identity they change nothing.
    _add("audit", sa.Column("is_published", sa.Boolean, nullable=False, server_default=sa.false()))
    _add("audit", sa.Column("lineage", sa.LargeBinary, nullable=False, server_default=""))
    _add("audit", sa.Column("source", sa.Text, nullable=False, server_default=""))
    op.create_index("ix_ledger_audit_source", "audit", ["source"], schema=SCHEMA)
    # The unique constraint on (portfolio, number) serves the same look-ups.
    op.drop_index("ix_ledger_entries_portfolio", "entries", schema=SCHEMA)
    _unpublished("entries", ["portfolio", "number"])
    _unpublished("audit", ["number"])


def downgrade() -> None:
    op.drop_index("ix_ledger_audit_unpublished", "audit", schema=SCHEMA)
    op.drop_index("ix_ledger_entries_unpublished", "entries", schema=SCHEMA)
    op.create_index("ix_ledger_entries_portfolio", "entries", ["portfolio"], schema=SCHEMA)
    op.drop_index("ix_ledger_audit_source", "audit", schema=SCHEMA)
    for table, column in (
        ("audit", "source"),
        ("audit", "lineage"),
        ("audit", "is_published"),
        ("offsets", "owner"),
        ("offsets", "epoch"),
    ):
        op.drop_column(table, column, schema=SCHEMA)
    op.execute(sa.text("delete from ledger.offsets where next_offset is null"))
    op.alter_column("offsets", "next_offset", existing_type=sa.BigInteger, nullable=False, schema=SCHEMA)


def _add(table: str, column: sa.Column[object]) -> None:
    op.add_column(table, column, schema=SCHEMA)


def _unpublished(table: str, columns: list[str]) -> None:
    op.create_index(
        f"ix_ledger_{table}_unpublished",
        table,
        columns,
        schema=SCHEMA,
        postgresql_where=sa.text("is_published is false"),
    )
