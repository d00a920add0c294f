"""Create the journal: writers, orders, fills, outbox, commands."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "execution"


def upgrade() -> None:
    _table("writers", _key("portfolio", sa.Text), _big("epoch"), _text("owner"), _flag("is_released"))
    _table("outboxes", _key("partition", sa.Integer), _big("next_sequence"))
    _table("orders", _key("client_order_id", sa.Text), *_terms(), *_progress(), *_cause())
    _index("ix_execution_orders_unfinished", "orders", ["portfolio"], where="is_final is false")
    _index("ix_execution_orders_account", "orders", ["venue_account", "symbol"])
    _table(
        "fills",
        _key("fill_id", sa.Text),
        *(_text(name) for name in ("client_order_id", "venue_account", "symbol")),
        _small("side"),
        *(_number(name) for name in ("quantity", "price", "commission")),
        _text("commission_asset"),
        _flag("is_maker"),
        _big("exchange_time_ns"),
    )
    _index("ix_execution_fills_client_order_id", "fills", ["client_order_id"])
    _index("ix_execution_fills_account", "fills", ["venue_account", "symbol", "exchange_time_ns"])
    _table(
        "order_events",
        _key("partition", sa.Integer),
        _key("sequence", sa.BigInteger),
        *(_text(name) for name in ("topic", "key", "portfolio")),
        *(_bytes(name) for name in ("payload", "lineage", "trace")),
        _flag("is_published"),
    )
    columns = ["partition", "sequence"]
    _index("ix_execution_order_events_unpublished", "order_events", columns, where="is_published is false")
    _table("commands", _key("command_id", sa.Text), _text("detail"))


def downgrade() -> None:
    for name in ("commands", "order_events", "fills", "orders", "outboxes", "writers"):
        op.drop_table(name, schema=SCHEMA)


def _terms() -> list[sa.Column[Any]]:
    return [
        *(_text(name) for name in ("portfolio", "venue_account", "instrument", "symbol")),
        _small("side"),
        _number("quantity"),
        sa.Column("limit_price", sa.Numeric),
        _small("time_in_force"),
        _big("valid_until_ns"),
        _flag("is_reduce_only"),
        _big("breaker_epoch"),
        _text("intent_id"),
        _text("decision_id"),
        _number("reserved_notional"),
    ]


def _progress() -> list[sa.Column[Any]]:
    return [
        _small("state"),
        _flag("is_final"),
        _big("revision"),
        _number("reported_filled"),
        sa.Column("ended", sa.SmallInteger),
        _flag("is_acknowledged"),
        _text("venue_order_id"),
        _text("reason"),
        _big("exchange_time_ns"),
        _big("gate_time_ns"),
        _big("writer_epoch"),
    ]


def _cause() -> list[sa.Column[Any]]:
    return [_bytes(name) for name in ("decision", "identity", "lineage", "trace")]


def _table(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, schema=SCHEMA)


def _index(name: str, table: str, columns: list[str], where: str = "") -> None:
    op.create_index(name, table, columns, schema=SCHEMA, postgresql_where=sa.text(where) if where else None)


def _key(name: str, kind: type[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger, nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)
