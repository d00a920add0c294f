"""The console's picture says what the records said: figures, states, counts, each once."""

from __future__ import annotations

import pytest

from services.console.domain.facts import Stream
from services.console.domain.orders import OrderBoard
from services.console.domain.picture import Picture
from services.console.domain.windows import SlidingWindow
from services.console.state import COMPACTED, EVENTS, SAMPLED
from sextant.contracts.examples import EXAMPLES
from sextant.contracts.examples.risk import approved
from sextant.contracts.examples.values import BTC, ORDER_ID, at
from sextant.contracts.topics import TOPICS
from sextant.core.errors import InvalidValue
from sextant.core.time import SECOND
from tests.unit.services.console.story import NOW, TO_ORDER, TO_VECTOR, example, new_reader, record, told, way


def test_it_reads_every_topic_of_which_the_registry_says_so() -> None:
    assert {*COMPACTED, *EVENTS, *SAMPLED} == {
        entry.name for entry in TOPICS.values() if "console" in entry.consumers
    }


@pytest.mark.parametrize(
    ("topic", "name"),
    [(topic, name) for topic in (*COMPACTED, *EVENTS, *SAMPLED) for name in EXAMPLES[topic]],
)
def test_every_example_of_its_topics_is_readable(topic: str, name: str) -> None:
    new_reader().read(example(topic, name), NOW)


def test_a_topic_that_it_does_not_read_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"risk\.parameters\.v1"):
        new_reader().read(example("risk.parameters.v1", next(iter(EXAMPLES["risk.parameters.v1"]))), NOW)


def test_what_cannot_be_read_is_counted_and_stops_nothing() -> None:
    reader = new_reader()
    broken = example("execution.orders.v1", "pending")
    broken = type(broken)(broken.topic, 0, 0, broken.key, b"\xff\xff", broken.headers, 0)
    reader.take([broken, example("execution.orders.v1", "open")], NOW)
    assert reader.picture.unreadable == 1
    assert reader.picture.orders.counts()["OPEN"] == 1


def test_the_newest_status_of_a_stream_is_its_state() -> None:
    reader = new_reader()
    reader.take([example("market.events.v1", name) for name in ("all-channels", "status-only")], NOW)
    (stream,) = reader.picture.streams.values()
    assert (stream.venue, stream.instrument, stream.status, stream.frames, stream.refused) == (
        "alpha",
        BTC,
        "DISCONNECTED",
        19,
        1,
    )


def test_batches_without_a_status_change_nothing() -> None:
    reader = new_reader()
    reader.take([example("market.events.v1", name) for name in ("history", "small-numbers")], NOW)
    assert not reader.picture.streams
    assert not reader.picture.unreadable


def stream(*, epoch: int, frames: int, said_s: int, gaps: int = 0) -> Stream:
    said = at(said_s * 1_000)
    return Stream("alpha", BTC, "spot-0", epoch, "LIVE", frames, gaps, 0, said, said, said)


def test_frames_a_second_come_from_two_statuses_and_reconnects_from_epochs() -> None:
    picture = Picture("sim", ("alpha",), 0)
    picture.hear(stream(epoch=1, frames=100, said_s=1))
    picture.hear(stream(epoch=1, frames=160, said_s=3, gaps=2))
    count = picture.connections["alpha", "spot-0"]
    assert (count.frames, count.gaps, count.frames_per_s, count.reconnects) == (160, 2, 30.0, 0)
    picture.hear(stream(epoch=3, frames=10, said_s=4))
    count = picture.connections["alpha", "spot-0"]
    assert (count.frames, count.gaps, count.reconnects) == (10, 0, 2)


def test_ingest_starting_anew_is_one_reconnect() -> None:
    picture = Picture("sim", ("alpha",), 0)
    picture.hear(stream(epoch=at(0), frames=100, said_s=1))
    picture.hear(stream(epoch=at(60_000), frames=1, said_s=61))
    assert picture.connections["alpha", "spot-0"].reconnects == 1


def test_fixes_come_with_vectors_and_an_older_one_changes_nothing() -> None:
    picture = told()
    fix = picture.fixes["BTC"]
    assert (fix.price, fix.deviation_bp, fix.venues, fix.quality) == (42_000.0, 0.8, 3, "GOOD")
    picture.fix(type(fix)("BTC", "USD", 1.0, 0.0, 1, "DEGRADED", fix.event_ns - 1, NOW))
    assert picture.fixes["BTC"] is fix


def test_decisions_are_counted_by_code_and_once() -> None:
    reader = new_reader()
    for name in ("approved", "refused", "refused-before-any-check", "approved"):
        reader.take([example("risk.decisions.v1", name)], NOW)
    assert reader.picture.counts["approved"] == 1
    assert reader.picture.refused == {"NOTHING_TO_REDUCE": 1, "PORTFOLIO": 1}


def test_a_refusal_code_of_a_later_version_is_shown_by_its_number() -> None:
    reader = new_reader()
    decision = approved()
    decision.refused.code = 99  # type: ignore[assignment]  # the wire may carry what this code does not know
    reader.take([record("risk.decisions.v1", "main", decision)], NOW)
    assert reader.picture.refused == {"#99": 1}


def test_orders_stand_in_their_newest_state_and_unknown_ones_come_first() -> None:
    reader = new_reader()
    board = reader.picture.orders
    reader.take([example("execution.orders.v1", name) for name in ("pending", "unknown")], NOW)
    assert {state: count for state, count in board.counts().items() if count} == {"UNKNOWN": 1}
    (order,) = board.working()
    assert (order.order_id, order.quantity, order.reason) == (ORDER_ID, "0.02380", "TimeoutError")
    reader.take([example("execution.orders.v1", "partially-filled")], NOW)
    reader.take([example("execution.orders.v1", "open")], NOW)  # revision 2 after 3: redelivered
    assert board.counts()["PARTIALLY_FILLED"] == 1


def test_an_order_ends_once() -> None:
    reader = new_reader()
    for _ in range(3):
        reader.take([example("execution.orders.v1", name) for name in ("pending", "filled")], NOW)
    assert {state: count for state, count in reader.picture.orders.counts().items() if count} == {"FILLED": 1}
    assert OrderBoard().working() == []


def test_fills_are_counted_once_with_their_exact_numbers() -> None:
    reader = new_reader()
    for name in ("taker", "maker-rebate", "taker"):
        reader.take([example("execution.fills.v1", name)], NOW)
    assert reader.picture.counts["fills"] == 2
    first, rebate = reader.picture.fills
    assert (first.side, first.quantity, first.price, first.commission, first.commission_asset) == (
        "BUY",
        "0.02380",
        "42000.50",
        "0.99961190",
        "USDT",
    )
    assert rebate.commission == "-0.10000006"


def test_portfolios_show_their_newest_state_and_leave_with_a_tombstone() -> None:
    reader = new_reader()
    reader.take([example("ledger.portfolios.v1", "trading")], NOW)
    portfolio = reader.picture.portfolios["main"]
    assert (portfolio.equity, portfolio.realised, portfolio.entries) == (99_998.99563, -0.9996119, 2)
    assert [(each.account, each.asset, each.amount) for each in portfolio.balances] == [
        ("alpha-main", "BTC", "0.02380"),
        ("alpha-main", "USDT", "98999.38848810"),
    ]
    reader.take([record("ledger.portfolios.v1", "main", None)], NOW)
    assert not reader.picture.portfolios


def test_of_broadcast_state_only_the_newest_record_of_a_key_is_read() -> None:
    reader = new_reader()
    broken = record("ledger.portfolios.v1", "main", None)
    broken = type(broken)(broken.topic, 0, 0, broken.key, b"\xff\xff", broken.headers, 0)
    reader.take([broken, example("ledger.portfolios.v1", "trading")], NOW)
    assert reader.picture.unreadable == 0
    assert reader.picture.portfolios["main"].entries == 2


def test_latency_by_stage_comes_from_the_hops() -> None:
    reader = new_reader()
    vector = next(iter(EXAMPLES["features.vectors.v1"]))
    reader.take([example("features.vectors.v1", vector, lineage=way(*TO_VECTOR))], NOW)
    reader.take([example("execution.orders.v1", "pending", lineage=way(*TO_ORDER))], NOW)
    latency = reader.picture.latency
    assert {
        stage: (times.work.percentiles(NOW).p50, times.wait.percentiles(NOW).p50)  # type: ignore[union-attr]
        for stage, times in latency.items()
        if stage != "ingest"
    } == {"triangulation": (1.0, 2.0), "features": (2.0, 3.0), "execution": (4.0, 4.0)}
    assert latency["ingest"].wait.percentiles(NOW) is None
    whole = reader.picture.tick_to_order.percentiles(NOW)
    assert whole is not None
    assert (whole.p50, whole.count) == (24.0, 1)


def test_only_an_orders_first_event_is_timed() -> None:
    reader = new_reader()
    for name in ("pending", "pending", "open"):
        reader.take([example("execution.orders.v1", name, lineage=way(*TO_ORDER))], NOW)
    whole = reader.picture.tick_to_order.percentiles(NOW)
    assert whole is not None
    assert whole.count == 1


def test_a_window_forgets_what_is_older_than_itself() -> None:
    window = SlidingWindow(length_ns=10 * SECOND)
    for second in range(100):
        window.add(second * SECOND, float(second))
    found = window.percentiles(99 * SECOND)
    assert found is not None
    assert (found.count, found.p50, found.p99) == (10, 94.0, 99.0)
    assert window.percentiles(200 * SECOND) is None
