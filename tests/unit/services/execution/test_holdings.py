"""What an account should hold: exact, and the same however fills come."""

from __future__ import annotations

import decimal
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.execution.domain.holdings import Holdings, Traded
from services.execution.domain.order import Fill
from sextant.core.decimals import LEDGER_CONTEXT
from sextant.core.instruments import Side

OPENING = {"USDT": Decimal("100000")}
AMOUNTS = st.decimals(Decimal("0.00000001"), Decimal("1000000"), places=8)


def traded(number: int, side: Side, quantity: Decimal, price: Decimal, fee: Decimal) -> Traded:
    fill = Fill(
        f"alpha-main/BTCUSDT/{number}", quantity, price, fee, "BTC" if number % 2 else "USDT", False, 0
    )
    return Traded("alpha:BTC/USDT", side, fill)


@st.composite
def histories(draw: st.DrawFn) -> list[Traded]:
    count = draw(st.integers(0, 8))
    return [
        traded(number, draw(st.sampled_from(list(Side))), draw(AMOUNTS), draw(AMOUNTS), draw(AMOUNTS))
        for number in range(count)
    ]


def test_a_purchase_takes_its_cost_and_its_commission() -> None:
    holdings = Holdings(OPENING)
    holdings.load([])
    holdings.add(traded(1, Side.BUY, Decimal("0.5"), Decimal("60000"), Decimal("0.0005")))
    assert holdings.amounts == {"USDT": Decimal("70000"), "BTC": Decimal("0.4995")}


@given(history=histories(), data=st.data())
def test_fills_that_come_while_the_past_is_read_count_once(
    history: list[Traded], data: st.DataObject
) -> None:
    whole, split = Holdings(OPENING), Holdings(OPENING)
    whole.load(history)
    read = data.draw(st.integers(0, len(history)))
    came_from = data.draw(st.integers(0, read))
    for each in history[came_from:]:
        split.add(each)
    split.load(history[:read])
    assert split.amounts == whole.amounts


@given(history=histories(), data=st.data())
def test_the_order_of_fills_changes_nothing_and_a_foreign_movement_shows(
    history: list[Traded], data: st.DataObject
) -> None:
    one, other = Holdings(OPENING), Holdings(OPENING)
    one.load(history)
    other.load(data.draw(st.permutations(history)))
    assert not any(one.differences(other.amounts).values())
    # As exact as the books: the usual 28 digits round the largest of these sums.
    with decimal.localcontext(LEDGER_CONTEXT):
        moved = {**other.amounts, "USDT": other.amounts["USDT"] - 7}
    assert one.differences(moved)["USDT"] == -7


def test_a_derivatives_margin_moves_by_other_rules_and_is_left_out() -> None:
    holdings = Holdings(OPENING)
    fill = traded(2, Side.BUY, Decimal(1), Decimal(2), Decimal(0)).fill
    holdings.load([Traded("alpha:BTC/USDT:USDT", Side.BUY, fill)])
    assert holdings.amounts == OPENING
