"""Create the books: entries, postings, balances, positions, offsets, audit chain."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "ledger"


def upgrade() -> None:
    _table(
        "entries",
        _key("entry_id", sa.Text),
        _text("portfolio"),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        _text("source_id"),
        _text("client_order_id"),
        sa.Column("exchange_time_ns", sa.BigInteger, nullable=False),
        sa.Column("lineage", sa.LargeBinary, nullable=False),
        sa.Column("trace", sa.LargeBinary, nullable=False),
        sa.Column("is_published", sa.Boolean, nullable=False),
        sa.UniqueConstraint("portfolio", "number"),
    )
    op.create_index("ix_ledger_entries_portfolio", "entries", ["portfolio"], schema=SCHEMA)
    op.create_index("ix_ledger_entries_client_order_id", "entries", ["client_order_id"], schema=SCHEMA)
    _table(
        "postings",
        _key("entry_id", sa.Text),
        _key("line", sa.Integer),
        _text("account"),
        _text("asset"),
        _amount(),
    )
    _table(
        "balances", _key("portfolio", sa.Text), _key("account", sa.Text), _key("asset", sa.Text), _amount()
    )
    _table(
        "positions",
        _key("portfolio", sa.Text),
        _key("instrument", sa.Text),
        sa.Column("quantity", sa.Numeric, nullable=False),
        sa.Column("entry_price", sa.Double, nullable=False),
        sa.Column("realised", sa.Double, nullable=False),
    )
    _table("commissions", _key("portfolio", sa.Text), _key("asset", sa.Text), _amount())
    _table(
        "offsets",
        _key("topic", sa.Text),
        _key("partition", sa.Integer),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
    )
    _table(
        "days",
        _key("portfolio", sa.Text),
        _key("day", sa.Date),
        sa.Column("equity", sa.Double, nullable=False),
    )
    _table(
        "audit",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        _text("actor"),
        _text("action"),
        _text("detail"),
        sa.Column("action_time_ns", sa.BigInteger, nullable=False),
        sa.Column("previous_hash", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for name in ("audit", "days", "offsets", "commissions", "positions", "balances", "postings", "entries"):
        op.drop_table(name, schema=SCHEMA)


def _table(name: str, *columns: Any) -> None:
    op.create_table(name, *columns, schema=SCHEMA)


def _key(name: str, kind: type[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _amount() -> sa.Column[Any]:
    return sa.Column("amount", sa.Numeric, nullable=False)
