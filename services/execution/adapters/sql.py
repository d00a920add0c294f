"""The journal's statements. Each write is one statement: fence, effect, place in the outbox and events together or not at all."""

from __future__ import annotations

from typing import Final

SCHEMA: Final = "execution"
#: Columns of `orders` in the order of their parameters.
TERMS: Final = (
    *(
        "client_order_id",
        "portfolio",
        "venue_account",
        "instrument",
        "symbol",
        "side",
        "quantity",
        "limit_price",
    ),
    *("time_in_force", "valid_until_ns", "is_reduce_only", "breaker_epoch", "intent_id", "decision_id"),
    "reserved_notional",
)
PROGRESS: Final = (
    *("state", "is_final", "revision", "reported_filled", "ended", "is_acknowledged", "venue_order_id"),
    *("reason", "exchange_time_ns", "gate_time_ns", "writer_epoch"),
)
CAUSE: Final = ("decision", "identity", "lineage", "trace")
_ORDER: Final = (*TERMS, *PROGRESS, *CAUSE)

# $1 portfolio, $2 epoch, $3 partition, $4..$8 the events' columns; what follows is the statement's own.
_FENCE = "fence as (select epoch from writers where portfolio = $1 and epoch = $2 for share)"
_EVENTS = """
numbered as (
    update outboxes set next_sequence = next_sequence + cardinality($4::text[])
    where partition = $3 and exists (select 1 from {cause})
    returning next_sequence - cardinality($4::text[]) as first
), written as (
    insert into order_events (partition, sequence, topic, key, portfolio, payload, lineage, trace, is_published)
    select $3, numbered.first + event.place - 1, event.topic, event.key, $1, event.payload, event.lineage, event.trace, false
    from numbered, unnest($4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[])
        with ordinality as event (topic, key, payload, lineage, trace, place)
)
select (select count(*) from fence) as held, (select first from numbered) as first
"""


def _parameters(first: int, count: int) -> str:
    return ", ".join(f"${number}" for number in range(first, first + count))


#: How many parameters of the statements below are their own.
INSERT_OWN: Final = len(_ORDER)
UPDATE_OWN: Final = len(PROGRESS) + 8

INSERT: Final = f"""
with {_FENCE}, placed as (
    insert into orders ({", ".join(_ORDER)}) select {_parameters(9, len(_ORDER))} from fence
    on conflict (client_order_id) do nothing returning 1
), {_EVENTS.format(cause="placed")}
"""  # noqa: S608  # column names are ours

UPDATE: Final = f"""
with {_FENCE}, moved as (
    update orders set ({", ".join(PROGRESS)}) = row({_parameters(9, len(PROGRESS))})
    where client_order_id = ${9 + len(PROGRESS)} and revision < ${9 + PROGRESS.index("revision")}
        and exists (select 1 from fence)
    returning client_order_id, venue_account, symbol, side
), known as (
    insert into fills (fill_id, client_order_id, venue_account, symbol, side, quantity, price, commission,
                       commission_asset, is_maker, exchange_time_ns)
    select fill.fill_id, moved.client_order_id, moved.venue_account, moved.symbol, moved.side, fill.quantity, fill.price,
           fill.commission, fill.commission_asset, fill.is_maker, fill.exchange_time_ns
    from moved, unnest(${10 + len(PROGRESS)}::text[], ${11 + len(PROGRESS)}::numeric[], ${12 + len(PROGRESS)}::numeric[],
                       ${13 + len(PROGRESS)}::numeric[], ${14 + len(PROGRESS)}::text[], ${15 + len(PROGRESS)}::boolean[],
                       ${16 + len(PROGRESS)}::bigint[])
        as fill (fill_id, quantity, price, commission, commission_asset, is_maker, exchange_time_ns)
    on conflict (fill_id) do nothing
), {_EVENTS.format(cause="moved")}
"""  # noqa: S608  # column names are ours

ACQUIRE: Final = """
insert into writers as mine (portfolio, epoch, owner, is_released) values ($1, 1, $2, false)
on conflict (portfolio) do update set epoch = mine.epoch + 1, owner = $2, is_released = false
returning epoch
"""
RELEASE: Final = "update writers set is_released = true where portfolio = $1 and epoch = $2"
OPEN_OUTBOX: Final = "insert into outboxes (partition, next_sequence) values ($1, 0) on conflict do nothing"
FIND_ORDERS: Final = """
select orders.*, coalesce(array_agg(fills.fill_id) filter (where fills.fill_id is not null), '{}') as fill_ids,
       coalesce(array_agg(fills.quantity) filter (where fills.fill_id is not null), '{}') as fill_quantities
from orders left join fills using (client_order_id)
"""
UNFINISHED: Final = (
    f"{FIND_ORDERS} where orders.portfolio = $1 and not is_final group by orders.client_order_id"
)
FIND: Final = f"{FIND_ORDERS} where orders.client_order_id = $1 group by orders.client_order_id"
TRADED: Final = """
select orders.symbol, coalesce(max(fills.exchange_time_ns), 0) as newest
from orders left join fills using (client_order_id) where orders.venue_account = $1 group by orders.symbol
"""
FILLS: Final = "select * from fills where venue_account = $1 order by exchange_time_ns, fill_id"
UNPUBLISHED: Final = """
select * from order_events where partition = $1 and not is_published order by sequence
"""
MARK: Final = """
update order_events set is_published = true where partition = $1 and sequence <= $2 and not is_published
"""
REMEMBER: Final = """
insert into commands (command_id, kind, detail, is_public)
select * from unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) on conflict do nothing
"""
#: $1: words up to this number are left out, unless the log has yet to hear of them.
REMEMBERED: Final = """
select command_id, kind, detail, is_public, number from commands
where (kind = 'word' and (number > $1 or not is_public))
   or (kind = 'closing' and not exists (select 1 from orders where client_order_id = command_id))
order by number
"""
PUBLIC: Final = "update commands set is_public = true where command_id = $1"
COMMAND: Final = (
    "insert into commands (command_id, detail) values ($1, $2) on conflict do nothing returning 1"
)
