"""Every promise: it holds in a sound run, and one seeded wrongness breaks exactly it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.topics import dead_letter_topic
from sextant.core.identity import Identity, Root
from sextant.demo.report import EntryRow, Report, VenueOrder, failures, make_report
from tests.unit.demo.report_story import (
    ACCOUNT,
    BOOKS,
    DECISIONS,
    ENTRIES,
    EVENTS,
    FILLS,
    INTENTS,
    MARKET,
    ORDERS,
    SIGNALS,
    VALIDATED,
    VECTORS,
    Said,
    Story,
)

INVALID = validated_pb2.VENUE_VERDICT_BOOK_INVALID
NAMES = (
    "no_order_lost",
    "no_order_doubled",
    "filled_le_ordered",
    "every_order_approved",
    "every_order_terminal",
    "trial_balance_zero",
    "drift_zero",
    "no_output_from_invalid_book",
    "offsets_contiguous",
    "lag_zero_at_end",
)
Bend = Callable[[Story], None]


def broken(report: Report) -> set[str]:
    return {name for name, holds in report.invariants.items() if not holds}


async def test_a_sound_run_keeps_every_promise(tmp_path: Path) -> None:
    report = await make_report(await Story().evidence(tmp_path))

    assert tuple(report.invariants) == NAMES
    assert report.problems == dict.fromkeys(NAMES, ())
    assert failures(report) == []


def _approval_without_order(story: Story) -> None:
    story.said[ORDERS] = [said for said in story.said[ORDERS] if said.message.client_order_id != "sxnone"]
    decision = story.said[DECISIONS][1].message.__deepcopy__()
    intent = story.said[INTENTS][1].message.__deepcopy__()
    decision.intent.intent_id = intent.intent_id = "intent-none"
    decision.decision_id, decision.approved.client_order_id = "decision-none", "sxnone"
    root = Identity(Root.at(EVENTS, MARKET, 8)).child(0)
    story.said[INTENTS].append(Said(INTENTS, intent, root))
    story.said[DECISIONS].append(Said(DECISIONS, decision, root))


def _order_that_only_the_venue_knows(story: Story) -> None:
    story.accounts["beta-main"].orders.append(
        VenueOrder("sxghost", "v-ghost", "BTCUSDT", Decimal(1), Decimal(0), False)
    )


def _order_that_the_venue_never_had(story: Story) -> None:
    del story.accounts[ACCOUNT].orders[0]


def _hole_in_a_history(story: Story) -> None:
    story.said[ORDERS][-1].message.revision = 3


def _entry_never_published(story: Story) -> None:
    del story.said[ENTRIES][-1]


def _two_orders_at_the_venue(story: Story) -> None:
    first = story.accounts[ACCOUNT].orders[0]
    story.accounts[ACCOUNT].orders.append(replace(first, venue_order_id="v-again", filled=Decimal(0)))


def _decided_twice(story: Story) -> None:
    said = story.said[DECISIONS][-1]
    story.said[DECISIONS].append(replace(said, identity=said.identity.child(1)))


def _placed_twice(story: Story) -> None:
    story.said[ORDERS][0].message.venue_order_id = "v-another"


def _fill_said_twice(story: Story) -> None:
    said = story.said[FILLS][-1]
    story.said[FILLS].append(replace(said, identity=Identity(Root(f"execution.journal/{BOOKS}", 0, 99))))


def _fill_booked_twice(story: Story) -> None:
    row = story.books.entries[-1]
    again = EntryRow("fill/again", row.portfolio, row.number + 1, row.kind, row.source_id, "")
    story.books.entries.append(again)
    message = story.said[ENTRIES][-1].message.__deepcopy__()
    message.entry_id = again.entry_id
    story.said[ENTRIES].append(Said(ENTRIES, message, Identity(Root("ledger.entries/main", 0, again.number))))


def _decision_changed_on_redelivery(story: Story) -> None:
    said = story.said[DECISIONS][1]
    changed = said.message.__deepcopy__()
    changed.approved.quantity.value = "7"
    story.said[DECISIONS].append(replace(said, message=changed))


def _ordered_less_than_filled(story: Story) -> None:
    story.said[DECISIONS][0].message.approved.quantity.value = "0.015"
    for message in story.messages(ORDERS):
        if message.client_order_id == "sxone":
            message.quantity.value = "0.015"


def _venue_fills_more(story: Story) -> None:
    orders = story.accounts[ACCOUNT].orders
    orders[0] = replace(orders[0], filled=Decimal("0.04"))


def _never_approved(story: Story) -> None:
    decision = story.said[DECISIONS][0].message
    decision.refused.code = 1


def _sent_at_another_price(story: Story) -> None:
    story.said[DECISIONS][0].message.approved.limit_price.value = "60000"
    for message in story.messages(ORDERS):
        if message.client_order_id == "sxone":
            message.limit_price.value = "60100"


def _approved_in_other_terms(story: Story) -> None:
    story.said[DECISIONS][1].message.approved.quantity.value = "0.06"


def _intent_of_an_approval_unknown(story: Story) -> None:
    del story.said[INTENTS][1]


def _left_open(story: Story) -> None:
    story.said[ORDERS][-1].message.state = execution_pb2.ORDER_STATE_PARTIALLY_FILLED


def _left_in_doubt(story: Story) -> None:
    story.said[ORDERS][-1].message.state = execution_pb2.ORDER_STATE_UNKNOWN


def _open_at_the_venue(story: Story) -> None:
    orders = story.accounts[ACCOUNT].orders
    orders[0] = replace(orders[0], is_open=True)


def _posting_lost(story: Story) -> None:
    del story.books.postings[-1]


def _posting_moved_to_another_entry(story: Story) -> None:
    line = story.books.postings[-1]
    story.books.postings[-1] = replace(line, entry_id=story.books.entries[0].entry_id, line=9)


def _balance_not_posted(story: Story) -> None:
    row = next(row for row in story.books.balances if row.account == "fees")
    story.books.balances[story.books.balances.index(row)] = replace(row, amount=row.amount + 1)


def _venue_holds_more(story: Story) -> None:
    story.accounts["gamma-main"].balances["USDT"] += Decimal("0.00000001")


def _venue_holds_what_nobody_booked(story: Story) -> None:
    story.accounts["gamma-main"].balances["ETH"] = Decimal(1)


def _position_beside_the_balance(story: Story) -> None:
    row = story.books.positions[0]
    story.books.positions[0] = replace(row, quantity=row.quantity + Decimal("0.003"))


def _traded_without_a_position(story: Story) -> None:
    story.books.positions.clear()


def _signal_on_a_broken_book(story: Story) -> None:
    story.said[SIGNALS][0].message.verdict = INVALID


def _intent_on_a_broken_book(story: Story) -> None:
    story.said[INTENTS][0].message.verdict = INVALID


def _approval_on_a_broken_book(story: Story) -> None:
    story.said[DECISIONS][0].message.intent.verdict = INVALID


def _vector_with_a_broken_book(story: Story) -> None:
    story.said[VECTORS][0].message.verdict.verdict = INVALID


def _best_prices_of_a_broken_book(story: Story) -> None:
    del story.said[EVENTS][-3:], story.said[VALIDATED][-3:]
    story.market("gamma", invalid_at=1, with_best=True)


def _vector_after_ingest_lost_the_book(story: Story) -> None:
    later = (story.said.pop(EVENTS)[3:], story.said.pop(VALIDATED)[3:])
    story.market("alpha", invalid_at=1)
    story.said[EVENTS] += later[0]
    story.said[VALIDATED] += later[1]


def _hole_in_the_archive(story: Story) -> None:
    story.manifests[ORDERS] = [
        {"partition": BOOKS, "first": 0, "last": 0, "rows": 1},
        {"partition": BOOKS, "first": 2, "last": 3, "rows": 2},
    ]


def _overlap_in_the_archive(story: Story) -> None:
    story.manifests[ORDERS] = [
        {"partition": BOOKS, "first": 0, "last": 2, "rows": 3},
        {"partition": BOOKS, "first": 2, "last": 3, "rows": 2},
    ]


def _end_not_archived(story: Story) -> None:
    story.manifests[EVENTS] = [{"partition": MARKET, "first": 0, "last": 5, "rows": 6}]


def _beginning_not_archived(story: Story) -> None:
    story.manifests[EVENTS] = [{"partition": MARKET, "first": 1, "last": 8, "rows": 8}]


def _rows_lost_in_a_file(story: Story) -> None:
    story.manifests[EVENTS] = [{"partition": MARKET, "first": 0, "last": 8, "rows": 7}]


def _file_that_lacks_what_the_manifest_says(story: Story) -> None:
    story.archived[EVENTS] = [0, 1, 2, 3, 5, 6, 7, 8]


def _offset_archived_twice_in_place_of_another(story: Story) -> None:
    story.archived[EVENTS] = [0, 1, 2, 3, 3, 5, 6, 7, 8]


def _file_with_another_checksum(story: Story) -> None:
    story.manifests[EVENTS] = [
        {"partition": MARKET, "first": 0, "last": 8, "rows": 9, "sha256": "0" * 64},
    ]


def _topic_not_archived(story: Story) -> None:
    story.manifests[FILLS] = []


def _identity_goes_back(story: Story) -> None:
    said = story.said[SIGNALS]
    said[1], said[2] = said[2], said[1]


def _group_is_behind(story: Story) -> None:
    story.offsets.behind = {("strategies", VECTORS): 1}


def _intent_never_answered(story: Story) -> None:
    del story.said[DECISIONS][-1]


def _tick_never_judged(story: Story) -> None:
    del story.said[VALIDATED][-1]


SEEDED: tuple[tuple[str, Bend], ...] = (
    ("no_order_lost", _approval_without_order),
    ("no_order_lost", _order_that_only_the_venue_knows),
    ("no_order_lost", _order_that_the_venue_never_had),
    ("no_order_lost", _hole_in_a_history),
    ("no_order_lost", _entry_never_published),
    ("no_order_doubled", _two_orders_at_the_venue),
    ("no_order_doubled", _decided_twice),
    ("no_order_doubled", _placed_twice),
    ("no_order_doubled", _fill_said_twice),
    ("no_order_doubled", _fill_booked_twice),
    ("no_order_doubled", _decision_changed_on_redelivery),
    ("filled_le_ordered", _ordered_less_than_filled),
    ("filled_le_ordered", _venue_fills_more),
    ("every_order_approved", _never_approved),
    ("every_order_approved", _approved_in_other_terms),
    ("every_order_approved", _sent_at_another_price),
    ("every_order_approved", _intent_of_an_approval_unknown),
    ("every_order_terminal", _left_open),
    ("every_order_terminal", _left_in_doubt),
    ("every_order_terminal", _open_at_the_venue),
    ("trial_balance_zero", _posting_lost),
    ("trial_balance_zero", _posting_moved_to_another_entry),
    ("trial_balance_zero", _balance_not_posted),
    ("drift_zero", _venue_holds_more),
    ("drift_zero", _venue_holds_what_nobody_booked),
    ("drift_zero", _position_beside_the_balance),
    ("drift_zero", _traded_without_a_position),
    ("no_output_from_invalid_book", _signal_on_a_broken_book),
    ("no_output_from_invalid_book", _intent_on_a_broken_book),
    ("no_output_from_invalid_book", _approval_on_a_broken_book),
    ("no_output_from_invalid_book", _vector_with_a_broken_book),
    ("no_output_from_invalid_book", _best_prices_of_a_broken_book),
    ("no_output_from_invalid_book", _vector_after_ingest_lost_the_book),
    ("offsets_contiguous", _hole_in_the_archive),
    ("offsets_contiguous", _overlap_in_the_archive),
    ("offsets_contiguous", _end_not_archived),
    ("offsets_contiguous", _beginning_not_archived),
    ("offsets_contiguous", _rows_lost_in_a_file),
    ("offsets_contiguous", _file_that_lacks_what_the_manifest_says),
    ("offsets_contiguous", _offset_archived_twice_in_place_of_another),
    ("offsets_contiguous", _file_with_another_checksum),
    ("offsets_contiguous", _topic_not_archived),
    ("offsets_contiguous", _identity_goes_back),
    ("lag_zero_at_end", _group_is_behind),
    ("lag_zero_at_end", _intent_never_answered),
    ("lag_zero_at_end", _tick_never_judged),
)


@pytest.mark.parametrize(("name", "bend"), SEEDED, ids=[bend.__name__.strip("_") for _, bend in SEEDED])
async def test_one_wrongness_breaks_exactly_its_promise(name: str, bend: Bend, tmp_path: Path) -> None:
    story = Story()
    bend(story)

    report = await make_report(await story.evidence(tmp_path))

    assert broken(report) == {name}, report.problems
    assert any(line.startswith(f"{name}: ") for line in failures(report))


async def test_a_trade_that_only_the_venue_knows_is_a_lost_order(tmp_path: Path) -> None:
    story = Story()
    lost = story.said[FILLS].pop()

    report = await make_report(await story.evidence(tmp_path))

    told = "\n".join(report.problems["no_order_lost"])
    assert f"{lost.message.fill_id}: a trade at the venue, and no fill in the log" in told


async def test_a_trade_that_is_not_booked_is_a_lost_order(tmp_path: Path) -> None:
    story = Story()
    lost = story.books.entries.pop()

    report = await make_report(await story.evidence(tmp_path))

    told = "\n".join(report.problems["no_order_lost"])
    assert f"{lost.source_id}: a trade at the venue, and not in the books" in told


async def test_books_that_forget_a_fill_on_paper_drift_from_openings_and_fills(tmp_path: Path) -> None:
    story = Story()
    row = next(row for row in story.books.balances if row.asset == "BTC" and row.account != "trading")
    story.books.balances[story.books.balances.index(row)] = replace(row, amount=Decimal(0))

    report = await make_report(await story.evidence(tmp_path, accounts={}))

    assert not report.invariants["drift_zero"]


async def test_an_operators_closing_order_needs_no_approval(tmp_path: Path) -> None:
    story = Story()
    event = story.said[ORDERS][0].message.__deepcopy__()
    event.client_order_id, event.decision_id, event.intent_id = "sxflat", "", ""
    event.is_reduce_only, event.state = True, execution_pb2.ORDER_STATE_REJECTED
    identity = Identity(Root(f"execution.journal/{BOOKS}", 0, 99))
    story.said[ORDERS].append(Said(ORDERS, event, identity))

    report = await make_report(await story.evidence(tmp_path))

    assert failures(report) == []
    event.is_reduce_only = False
    assert broken(await make_report(await story.evidence(tmp_path))) == {"every_order_approved"}


@pytest.mark.parametrize(
    "topic", [EVENTS, VALIDATED, VECTORS, SIGNALS, INTENTS, DECISIONS, ORDERS, FILLS, ENTRIES]
)
async def test_redelivered_records_change_nothing(topic: str, tmp_path: Path) -> None:
    sound = await make_report(await Story().evidence(tmp_path))
    story = Story()
    story.said[topic] += story.said[topic][-2:]

    again = await make_report(await story.evidence(tmp_path))

    assert again.problems == sound.problems
    assert again.to_json() == sound.to_json()


def _refuse(story: Story, offset: int) -> None:
    """Let triangulation have put the record at an offset of market.events away instead of judging it."""
    story.letters[dead_letter_topic(EVENTS, "triangulation")] = f"{EVENTS}/{MARKET}@{offset}"


async def test_a_dead_letter_fails_the_run_and_is_the_answer_to_its_own_record(tmp_path: Path) -> None:
    story = Story()
    _tick_never_judged(story)
    _refuse(story, len(story.said[EVENTS]) - 1)

    report = await make_report(await story.evidence(tmp_path))

    assert report.dead_letters == 1
    assert failures(report) == ["dead_letters: expected none, 1 lie in market.events.v1.triangulation.dlq"]


async def test_a_dead_letter_excuses_no_later_record(tmp_path: Path) -> None:
    story = Story()
    _tick_never_judged(story)
    _refuse(story, 3)

    assert broken(await make_report(await story.evidence(tmp_path))) == {"lag_zero_at_end"}
