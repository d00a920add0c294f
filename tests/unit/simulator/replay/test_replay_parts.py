"""The parts of a replay: frame headers, the schedule, client messages, rebuilt depth, candles, rules of instruments."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from simulator.replay.clock import ReplayClock
from simulator.replay.depth import cut, rebuild
from simulator.replay.instruments import INSTRUMENTS, exchange_info, instrument
from simulator.replay.messages import answer, is_routed
from simulator.replay.recording import Venue, recording_files
from simulator.replay.subscribers import Connection, Switchboard
from simulator.replay.tape import TradeTape
from simulator.replay.wire import text_frame
from tests.unit.simulator.replay.recordings import read_lines, write_recording


class Sink:
    """A transport that takes everything."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


def connection(*, combined: bool = True, stamped: bool = False) -> tuple[Connection, Sink]:
    sink = Sink()
    return Connection(sink, combined=combined, stamped=stamped, joined_ns=0), sink  # type: ignore[arg-type]  # what is used of one


def board() -> Switchboard:
    return Switchboard(["btcusdt@depth@100ms", "btcusdt@trade"], lambda: None)


def deliver(asked_for: str, raw: bytes, *, combined: bool, stamped: bool) -> bytes:
    client, sink = connection(combined=combined, stamped=stamped)
    streams = board()
    streams.subscribe(client, asked_for)
    for stream in streams.streams.values():
        for subscription in stream.subscribers:
            client.add(77, raw, subscription)
    client.flush(0)
    return sink.data


@given(st.binary(max_size=70_000) | st.sampled_from([b"x" * n for n in (125, 126, 65_535, 65_536)]))
def test_another_implementation_reads_our_frames(payload: bytes) -> None:
    reader = StreamReader()
    reader.feed_data(text_frame(payload))
    parsing = Frame.parse(reader.read_exact, mask=False, max_size=None)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    assert parsed.value.value == Frame(Opcode.TEXT, payload, fin=True)


TRADE = b'{"stream":"btcusdt@trade","data":{"e":"trade","p":"1"}}'
DEPTH = b'{"stream":"btcusdt@depth@100ms","data":{"u":1}}'


@pytest.mark.parametrize(
    ("asked_for", "raw", "combined", "stamped", "expected"),
    [
        ("btcusdt@trade", TRADE, True, False, TRADE),
        ("btcusdt@trade", TRADE, True, True, b"77 " + TRADE),
        ("btcusdt@trade", TRADE, False, False, b'{"e":"trade","p":"1"}'),
        ("btcusdt@trade", TRADE, False, True, b'77 {"e":"trade","p":"1"}'),
        ("btcusdt@depth", DEPTH, True, False, b'{"stream":"btcusdt@depth","data":{"u":1}}'),
    ],
)
def test_frames_leave_in_the_form_that_was_asked_for(
    asked_for: str, raw: bytes, combined: bool, stamped: bool, expected: bytes
) -> None:
    assert deliver(asked_for, raw, combined=combined, stamped=stamped) == text_frame(expected)


@given(speed=st.floats(0.1, 100.0), elapsed_ms=st.integers(0, 100_000), paused_ms=st.integers(0, 1_000))
def test_the_schedule_is_wall_time_times_speed_less_pauses(
    speed: float, elapsed_ms: int, paused_ms: int
) -> None:
    wall_ns = 10**12
    clock = ReplayClock(5_000, speed, lambda: wall_ns)
    assert clock.position_ns() == 5_000
    clock.start()
    wall_ns += (elapsed_ms + paused_ms) * 1_000_000
    clock.hold(paused_ms * 1_000_000)
    assert clock.position_ns() == 5_000 + int(elapsed_ms * 1_000_000 * speed)
    due = clock.position_ns() + 10**9
    assert clock.seconds_until(due) == pytest.approx(1.0 / speed)


def test_a_negative_speed_is_refused() -> None:
    with pytest.raises(ValueError, match="speed: expected zero or more, was -1"):
        ReplayClock(0, -1.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}', {"result": None, "id": 1}),
        ('{"method":"SUBSCRIBE","params":["nobody@trade"],"id":2}', {"result": None, "id": 2}),
        ('{"method":"LIST_SUBSCRIPTIONS","id":3}', {"result": [], "id": 3}),
        ('{"method":"GET_PROPERTY","params":["combined"],"id":4}', {"result": True, "id": 4}),
        ('{"method":"SET_PROPERTY","params":["combined",false],"id":5}', {"result": None, "id": 5}),
    ],
)
def test_client_messages_are_acknowledged_as_by_the_venue(text: str, expected: dict[str, Any]) -> None:
    client, _ = connection()
    assert json.loads(answer(text, client, board(), None)) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", 3),
        ('{"id":1}', 2),
        ('{"method":"SUBSCRIBE","params":"btcusdt@trade","id":1}', 2),
        ('{"method":"DANCE","id":1}', 2),
        ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}', 1),
        ('{"method":"GET_PROPERTY","params":["colour"],"id":1}', 0),
    ],
)
def test_client_errors_have_the_venues_codes(text: str, code: int) -> None:
    client, _ = connection()
    assert json.loads(answer(text, client, board(), None))["code"] == code


@pytest.mark.parametrize(
    ("route", "stream", "sent"),
    [
        (None, "btcusdt@trade", True),
        ("public", "btcusdt@depth@100ms", True),
        ("public", "btcusdt@depth20", True),
        ("public", "btcusdt@aggTrade", False),
        ("market", "btcusdt@aggTrade", True),
        ("market", "btcusdt@bookTicker", False),
        ("private", "btcusdt@trade", False),
    ],
)
def test_a_stream_is_sent_on_its_own_route_only(route: str | None, stream: str, sent: bool) -> None:
    assert is_routed(route, stream) is sent


@pytest.mark.parametrize("venue", ["spot", "usdm", "cm"])
def test_a_rebuilt_depth_has_the_best_prices_of_the_ticker_at_every_update(
    venue: str, tmp_path: Path
) -> None:
    symbol = "btcusd_perp" if venue == "cm" else "btcusdt"
    write_recording(tmp_path, symbols={venue: (symbol,)})
    file = recording_files(tmp_path)[0]
    checked = 0
    for stamp, raw in read_lines(file.path)[13:]:
        data = json.loads(raw)["data"]
        if "B" not in data:
            continue
        book = json.loads(rebuild(file, stamp))
        assert book["lastUpdateId"] == data["u"]
        assert [book["bids"][0], book["asks"][0]] == [[data["b"], data["B"]], [data["a"], data["A"]]]
        checked += 1
    assert checked > 50


def test_a_depth_before_the_snapshot_cannot_be_rebuilt(tmp_path: Path) -> None:
    write_recording(tmp_path, symbols={"spot": ("btcusdt",)})
    file = recording_files(tmp_path)[0]
    with pytest.raises(LookupError, match="found none"):
        rebuild(file, read_lines(file.path)[3][0])


def test_a_snapshot_is_cut_to_the_limit_and_otherwise_left_as_recorded() -> None:
    raw = b'{"lastUpdateId": 7, "bids":[["2","1"],["1","1"]],"asks":[["3","1"]]}'
    assert cut(raw, 1000) is raw
    assert json.loads(cut(raw, 1)) == {"lastUpdateId": 7, "bids": [["2", "1"]], "asks": [["3", "1"]]}


def trade(time_ms: int, price: str, quantity: str, *, buyer_is_maker: bool) -> bytes:
    data = {"e": "trade", "T": time_ms, "p": price, "q": quantity, "m": buyer_is_maker}
    return json.dumps({"stream": "x@trade", "data": data}).encode()


def test_candles_are_those_of_the_trades_and_quiet_intervals_repeat_the_close() -> None:
    tape = TradeTape(instrument(Venue.SPOT, "BTCUSDT"))
    tape.add(trade(1_100, "10.00", "1", buyer_is_maker=False))
    tape.add(trade(1_900, "12.00", "2", buyer_is_maker=True))
    tape.add(trade(3_000, "11.00", "1", buyer_is_maker=True))
    rows = tape.rows(1_000, start_ms=None, end_ms=None, limit=500)
    assert [row[0] for row in rows] == [1_000, 2_000, 3_000]
    eight = [f"{each}.00000000" for each in (10, 12, 10, 12, 3)]
    assert rows[0] == [1_000, *eight, 1_999, "34.00000000", 2, "1.00000000", "10.00000000", "0"]
    assert rows[1][1:6] == ["12.00000000"] * 4 + ["0.00000000"]
    assert [row[0] for row in tape.rows(1_000, start_ms=1_500, end_ms=2_500, limit=500)] == [2_000]
    assert [row[0] for row in tape.rows(1_000, start_ms=None, end_ms=None, limit=1)] == [3_000]


def test_inverse_candles_count_contracts_and_show_the_base_amount() -> None:
    tape = TradeTape(instrument(Venue.COINM, "BTCUSD_PERP"))
    tape.add(trade(0, "50000.0", "10", buyer_is_maker=False))
    row = tape.rows(60_000, start_ms=None, end_ms=None, limit=1)[0]
    assert (row[5], row[7], row[9], row[10]) == ("10", "0.02", "10", "0.02")


@pytest.mark.parametrize(
    ("venue", "symbol", "tick", "lot"),
    [
        (Venue.SPOT, "BTCUSDT", "0.01", "0.00001"),
        (Venue.SPOT, "ETHUSDT", "0.01", "0.0001"),
        (Venue.USDM, "BTCUSDT", "0.10", "0.001"),
        (Venue.USDM, "ETHUSDT", "0.01", "0.001"),
        (Venue.COINM, "BTCUSD_PERP", "0.1", "1"),
        (Venue.COINM, "ETHUSD_PERP", "0.01", "1"),
    ],
)
def test_exchange_info_states_the_true_tick_and_lot(venue: Venue, symbol: str, tick: str, lot: str) -> None:
    answered: Any = exchange_info(venue, [INSTRUMENTS[venue, symbol]], 0)
    filters = {each["filterType"]: each for each in answered["symbols"][0]["filters"]}
    assert Decimal(filters["PRICE_FILTER"]["tickSize"]) == Decimal(tick)
    assert Decimal(filters["LOT_SIZE"]["stepSize"]) == Decimal(lot)


def test_inverse_contracts_have_their_size() -> None:
    both = [INSTRUMENTS[Venue.COINM, f"{base}USD_PERP"] for base in ("BTC", "ETH")]
    answered: Any = exchange_info(Venue.COINM, both, 0)
    assert [each["contractSize"] for each in answered["symbols"]] == [100, 10]


def test_an_instrument_without_known_rules_is_refused() -> None:
    with pytest.raises(ValueError, match="was spot DOGEUSDT"):
        instrument(Venue.SPOT, "DOGEUSDT")
