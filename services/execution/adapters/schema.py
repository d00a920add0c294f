"""Tables of execution's Postgres schema; migrations create them, the journal fills them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
)

from services.execution.adapters.sql import SCHEMA

metadata = MetaData(schema=SCHEMA)

#: Who may write a portfolio. Every write takes a share lock on the row and compares the epoch.
writers = Table(
    "writers",
    metadata,
    Column("portfolio", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("is_released", Boolean, nullable=False),
)
#: The next place in each partition's outbox.
outboxes = Table(
    "outboxes",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_sequence", BigInteger, nullable=False),
)
orders = Table(
    "orders",
    metadata,
    Column("client_order_id", Text, primary_key=True),
    Column("portfolio", Text, nullable=False),
    Column("venue_account", Text, nullable=False),
    Column("instrument", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", SmallInteger, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("limit_price", Numeric),
    Column("time_in_force", SmallInteger, nullable=False),
    Column("valid_until_ns", BigInteger, nullable=False),
    Column("is_reduce_only", Boolean, nullable=False),
    Column("breaker_epoch", BigInteger, nullable=False),
    Column("intent_id", Text, nullable=False),
    Column("decision_id", Text, nullable=False),
    Column("reserved_notional", Numeric, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("is_final", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("reported_filled", Numeric, nullable=False),
    Column("ended", SmallInteger),
    Column("is_acknowledged", Boolean, nullable=False),
    Column("venue_order_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("exchange_time_ns", BigInteger, nullable=False),
    Column("gate_time_ns", BigInteger, nullable=False),
    Column("writer_epoch", BigInteger, nullable=False),
    Column("decision", LargeBinary, nullable=False),
    Column("identity", LargeBinary, nullable=False),
    Column("lineage", LargeBinary, nullable=False),
    Column("trace", LargeBinary, nullable=False),
)
Index("ix_execution_orders_unfinished", orders.c.portfolio, postgresql_where=orders.c.is_final.is_(False))
Index("ix_execution_orders_account", orders.c.venue_account, orders.c.symbol)
fills = Table(
    "fills",
    metadata,
    Column("fill_id", Text, primary_key=True),
    Column("client_order_id", Text, nullable=False, index=True),
    Column("venue_account", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", SmallInteger, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("price", Numeric, nullable=False),
    Column("commission", Numeric, nullable=False),
    Column("commission_asset", Text, nullable=False),
    Column("is_maker", Boolean, nullable=False),
    Column("exchange_time_ns", BigInteger, nullable=False),
)
Index("ix_execution_fills_account", fills.c.venue_account, fills.c.symbol, fills.c.exchange_time_ns)
#: The outbox: execution.orders.v1 and execution.fills.v1 are published from it, in order.
order_events = Table(
    "order_events",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("portfolio", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("lineage", LargeBinary, nullable=False),
    Column("trace", LargeBinary, nullable=False),
    Column("is_published", Boolean, nullable=False),
)
Index(
    "ix_execution_order_events_unpublished",
    order_events.c.partition,
    order_events.c.sequence,
    postgresql_where=order_events.c.is_published.is_(False),
)
#: What operators ordered. `kind`: "done" is a command that was carried out for a portfolio; "word" and "closing" are notes, and `detail`
#: their text; those came past the journal, or may have to be told to a later owner.
commands = Table(
    "commands",
    metadata,
    Column("command_id", Text, primary_key=True),
    Column("detail", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="done"),
    Column("is_public", Boolean, nullable=False, server_default="true"),
    Column("number", BigInteger, Identity(always=False), nullable=False, index=True),
)
Index("ix_execution_commands_notes", commands.c.kind, postgresql_where=commands.c.kind != "done")
