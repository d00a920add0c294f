"""What risk approves, what it refuses, and with which code."""

from __future__ import annotations

import pytest

from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.core.errors import PoisonRecord
from sextant.core.identity import client_order_id
from sextant.core.time import SECOND
from tests.support.stages import Side, Silence, Step
from tests.unit.services.risk.scenes import (
    LINEAR,
    PARTITION,
    SELL,
    SPOT,
    Scene,
    command,
    instrument,
    intent,
    portfolio,
    stage,
)

OPEN, HALF_OPEN = risk_pb2.BREAKER_STATE_OPEN, risk_pb2.BREAKER_STATE_HALF_OPEN


def only(scene: Scene, **limits: object) -> risk_pb2.Decision:
    (decision,) = scene.decisions(stage(**limits))
    return decision


def code(scene: Scene, **limits: object) -> str:
    decision = only(scene, **limits)
    assert decision.WhichOneof("outcome") == "refused", decision
    last = decision.checks[-1]
    assert not last.is_passed
    assert (last.limit, last.value) == (decision.refused.limit, decision.refused.value)
    return risk_pb2.RefusalCode.Name(decision.refused.code).removeprefix("REFUSAL_CODE_")


def asked(message: intents_pb2.Intent, spot: str = "0", linear: str = "0", cash: str = "5000") -> Scene:
    scene = Scene().ready(spot, linear, cash)
    scene.intent(message)
    return scene


def test_an_intent_becomes_an_order_through_the_touch_on_tick_and_lot() -> None:
    decision = only(asked(intent(ask=100.5)))
    approved = decision.approved
    assert approved.client_order_id == client_order_id("intent-1")
    assert approved.venue_account == "alpha-main"
    assert approved.limit_price.value == "100.5"  # 100.5 x 1.001 = 100.6005, down to the tick of 0.5
    assert approved.quantity.value == "9.95"  # 1,000 / 100.5 down to the lot of 0.01
    assert approved.reserved_notional.value == "999.975"
    assert approved.time_in_force == risk_pb2.TIME_IN_FORCE_IOC
    assert approved.valid_until_ns == 12 * SECOND
    assert decision.event_time_ns == 10 * SECOND


def test_a_decision_names_every_check_in_order_the_breaker_epoch_and_what_it_used() -> None:
    scene = asked(intent())
    run = scene.run()
    (decision,) = scene.decisions()
    assert [check.check for check in decision.checks] == [
        *("portfolio", "instrument", "staleness", "breaker", "quality", "price", "size", "minimum"),
        *("order_notional", "position", "gross", "balance", "orders_in_flight"),
    ]
    assert all(check.is_passed and check.limit and check.value for check in decision.checks)
    assert decision.breaker_epoch == 1
    (said,) = run.outputs
    topics = [position.topic for position in said.uses]
    assert topics == [
        "ledger.portfolios.v1",
        "risk.breakers.v1",
        "risk.breakers.v1",
        "risk.parameters.v1",
        "market.instruments.v1",
    ]
    assert (said.key, said.partition_key, said.id_field) == ("main", "main", "decision_id")


def test_a_resting_order_lies_at_its_own_touch() -> None:
    approved = only(asked(intent(urgency=intents_pb2.URGENCY_REST, bid=99.5, ask=100.5))).approved
    assert approved.limit_price.value == "99.5"
    assert approved.time_in_force == risk_pb2.TIME_IN_FORCE_POST_ONLY


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (intent(portfolio="nobody"), "PORTFOLIO"),
        (intent(name="other:BTC/USDT"), "PORTFOLIO"),
        (intent(name="alpha:DOGE/USDT"), "INSTRUMENT"),
        (intent(venues=2), "QUALITY"),
        (intent(quality=validated_pb2.FIX_QUALITY_DEGRADED), "QUALITY"),
        (intent(verdict=validated_pb2.VENUE_VERDICT_OUTLIER), "QUALITY"),
        (intent(bid=0.0), "QUALITY"),
        (intent(ask=float("nan")), "QUALITY"),
        (intent(mid=101.0), "PRICE_FAR_FROM_FIX"),
        (intent(strength=0.0), "BELOW_MINIMUM"),
        (intent(strength=0.004), "BELOW_MINIMUM"),
        (intent(valid_until_ns=9 * SECOND), "STALE"),
        (intent(event_time_ns=13 * SECOND, valid_until_ns=15 * SECOND), "STALE"),
    ],
)
def test_what_an_intent_says_of_itself_can_refuse_it(message: intents_pb2.Intent, expected: str) -> None:
    assert code(asked(message)) == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"maximum_order_notional": "999"}, "NOTIONAL_ABOVE_LIMIT"),
        ({"maximum_position_notional": "999"}, "POSITION_ABOVE_LIMIT"),
        ({"maximum_gross_notional": "999"}, "POSITION_ABOVE_LIMIT"),
    ],
)
def test_limits_of_the_portfolio_refuse(limits: dict[str, object], expected: str) -> None:
    assert code(asked(intent()), **limits) == expected


def test_positions_elsewhere_count_for_gross() -> None:
    decision = only(asked(intent(), linear="-31"))
    assert decision.refused.limit == "at most 4000 USDT"
    assert decision.refused.value == "4100 USD"


def test_a_buy_needs_its_price_and_fee_in_cash() -> None:
    assert code(asked(intent(), cash="1000.99")) == "BALANCE"
    assert only(asked(intent(), cash="1001")).HasField("approved")


def test_an_instrument_that_takes_no_orders_refuses() -> None:
    scene = Scene().ready()
    scene.side("market.instruments.v1", SPOT, instrument(SPOT, is_trading=False))
    scene.intent(intent())
    assert code(scene) == "INSTRUMENT"


def test_an_intent_that_expired_before_the_newest_event_time_is_stale() -> None:
    scene = asked(intent(number=1, at_s=20))
    scene.intent(intent(number=2, at_s=10))
    first, late = scene.decisions()
    assert first.HasField("approved")
    assert late.refused.code == risk_pb2.REFUSAL_CODE_STALE


@pytest.mark.parametrize("topic", ["ledger.portfolios.v1", "risk.breakers.v1"])
def test_silence_refuses_even_what_only_reduces(topic: str) -> None:
    scene = Scene().ready(spot="10")
    scene.steps.append(Silence(frozenset({topic})))
    scene.intent(intent(SELL, is_reduce_only=True))
    assert code(scene) == "STALE"


def test_nothing_passes_before_portfolio_and_breakers_were_seen() -> None:
    scene = Scene()
    scene.side("market.instruments.v1", SPOT, instrument(SPOT))
    scene.intent(intent())
    assert code(scene) == "STALE"
    scene = Scene()
    scene.side("market.instruments.v1", SPOT, instrument(SPOT))
    scene.side("ledger.portfolios.v1", "main", portfolio())
    scene.breaker("global")
    scene.intent(intent())
    assert code(scene) == "STALE"


def test_a_portfolio_that_goes_back_in_its_versions_is_stale() -> None:
    scene = Scene().ready()
    scene.side("ledger.portfolios.v1", "main", portfolio(version=7))
    scene.side("ledger.portfolios.v1", "main", portfolio(version=6))
    scene.intent(intent())
    assert code(scene) == "STALE"


@pytest.mark.parametrize("scope", ["global", "portfolio/main"])
def test_an_open_breaker_lets_only_reducing_orders_pass(scope: str) -> None:
    scene = Scene().ready(spot="10")
    scene.breaker(scope, OPEN, epoch=7)
    scene.intent(intent(number=1))
    scene.intent(intent(SELL, number=2))
    buy, sell = scene.decisions()
    assert buy.refused.code == risk_pb2.REFUSAL_CODE_BREAKER_OPEN
    assert sell.HasField("approved")
    assert (buy.breaker_epoch, sell.breaker_epoch) == (7, 7)


def test_a_trial_lets_three_orders_with_new_risk_pass() -> None:
    scene = Scene().ready()
    scene.breaker("global", HALF_OPEN, epoch=3)
    for number in range(5):
        scene.intent(intent(number=number, strength=0.1))
    outcomes = [decision.WhichOneof("outcome") for decision in scene.decisions()]
    assert outcomes == ["approved"] * 3 + ["refused"] * 2


def test_an_operators_halt_holds_at_once_and_an_old_resume_does_not_lift_it() -> None:
    scene = Scene().ready()

    def give(message: control_pb2.Command) -> None:
        scene.side("control.commands.v1", message.command_id, message)

    resume = command(control_pb2.COMMAND_KIND_RESUME, at_s=1)
    give(command(control_pb2.COMMAND_KIND_HALT, at_s=2))
    scene.intent(intent(number=1, strength=0.1))
    give(resume)
    scene.intent(intent(number=2, strength=0.1))
    give(command(control_pb2.COMMAND_KIND_RESUME, at_s=3, key=b"stolen"))
    scene.intent(intent(number=3, strength=0.1))
    give(command(control_pb2.COMMAND_KIND_RESUME, at_s=4))
    scene.intent(intent(number=4, strength=0.1))
    *halted, resumed = scene.decisions()
    assert [each.refused.code for each in halted] == [risk_pb2.REFUSAL_CODE_PORTFOLIO] * 3
    assert resumed.HasField("approved")


@pytest.mark.parametrize(
    ("scope", "at_s", "is_lifted"), [("global", 3, True), ("portfolio/x", 3, False), ("global", 1, False)]
)
def test_a_newer_resume_of_everything_lifts_a_portfolios_halt(scope: str, at_s: int, is_lifted: bool) -> None:
    scene = Scene().ready()
    for message in (
        command(control_pb2.COMMAND_KIND_HALT, "portfolio/main", at_s=2),
        command(control_pb2.COMMAND_KIND_RESUME, scope, at_s=at_s),
    ):
        scene.side("control.commands.v1", message.command_id, message)
    scene.intent(intent(strength=0.1))
    (decision,) = scene.decisions()
    assert decision.HasField("approved") is is_lifted


def test_a_spot_sale_only_reduces_and_passes_on_a_degraded_fix() -> None:
    degraded = validated_pb2.FIX_QUALITY_DEGRADED
    assert code(asked(intent(SELL))) == "NOTHING_TO_REDUCE"
    approved = only(asked(intent(SELL, quality=degraded, venues=2), spot="4")).approved
    assert approved.quantity.value == "4.00"
    assert approved.limit_price.value == "100.0"


def test_strength_zero_closes_and_dust_goes_with_the_last_sale() -> None:
    closing = only(asked(intent(SELL, strength=0.0), spot="25")).approved
    assert closing.quantity.value == "25.00"
    unit = only(asked(intent(SELL), spot="25")).approved
    assert unit.quantity.value == "10.00"
    with_dust = only(asked(intent(SELL), spot="10.04")).approved
    assert with_dust.quantity.value == "10.04"


def test_a_sale_delivers_at_most_what_the_venue_account_holds() -> None:
    scene = Scene().ready()
    scene.side("ledger.portfolios.v1", "main", portfolio(spot="4", goods="3.996"))
    scene.intent(intent(SELL, strength=0.0))
    assert only(scene).approved.quantity.value == "3.99"


def test_a_derivative_can_be_sold_short_and_only_reduced_where_it_says_so() -> None:
    assert only(asked(intent(SELL, LINEAR))).approved.venue_account == "perps-main"
    assert code(asked(intent(SELL, LINEAR, is_reduce_only=True))) == "NOTHING_TO_REDUCE"
    cover = only(asked(intent(name=LINEAR, is_reduce_only=True, strength=0.0), linear="-3")).approved
    assert cover.quantity.value == "3.00"


def test_parameters_shrink_new_risk() -> None:
    scene = Scene().ready()
    scene.parameters(SPOT, 0.25)
    scene.intent(intent())
    assert only(scene).approved.quantity.value == "2.50"


def test_new_risk_has_the_smallest_size_until_features_have_spoken() -> None:
    scene = Scene().ready()
    scene.steps = [step for step in scene.steps if not is_parameter(step)]
    scene.intent(intent())
    assert only(scene).approved.quantity.value == "1.00"


def is_parameter(step: Step) -> bool:
    return isinstance(step, Side) and step.record.position.topic == "risk.parameters.v1"


def test_what_cannot_be_valued_refuses_new_risk() -> None:
    scene = Scene().ready()
    strange = portfolio()
    strange.positions.add(instrument="alpha:XYZ/USDT", mark_price=1.0).quantity.value = "1"
    scene.side("ledger.portfolios.v1", "main", strange)
    scene.intent(intent())
    assert code(scene) == "STALE"


def test_an_unknown_side_or_strength_halts_the_partition() -> None:
    for message in (intent(strength=float("nan")), intent(urgency=intents_pb2.URGENCY_UNSPECIFIED)):
        with pytest.raises(PoisonRecord, match=f"strategies.intents.v1/{PARTITION}@0: intent"):
            asked(message).run()


@pytest.mark.parametrize("field", ["bid", "ask"])
def test_so_does_a_price_that_cannot_be_reckoned_with_exactly(field: str) -> None:
    message = intent()
    setattr(message, field, 1e308)
    with pytest.raises(PoisonRecord, match="cannot be reckoned with exactly"):
        asked(message).run()
