"""A small world to ask risk in: one portfolio with 5,000 USDT at one spot venue and 5,000 at a linear one."""

from __future__ import annotations

from decimal import Decimal

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.risk.bootstrap import risk_stage
from sextant.contracts.commands import sign
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.market.v1 import reference_pb2, validated_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.core.decimals import to_text
from sextant.core.partitions import portfolio_partition
from sextant.core.time import SECOND
from sextant.runtime.settings import Platform
from sextant.runtime.stage import Input, StageSpec
from tests.support.stages import Run, Side, Step, make_input, run_split

SPOT, LINEAR = "alpha:BTC/USDT", "perps:BTC/USDT:USDT"
KEY = b"operators only"
PARTITION = portfolio_partition("main")
BUY, SELL = values_pb2.SIDE_BUY, values_pb2.SIDE_SELL


def platform(**limits: object) -> Platform:
    """Return settings with a unit of 1,000, orders to 2,000, positions to 3,000, gross to 4,000 USDT."""
    bounds = {
        "unit_notional": "1000",
        "maximum_order_notional": "2000",
        "maximum_position_notional": "3000",
        "maximum_gross_notional": "4000",
        "maximum_orders_in_flight": 5,
        "take_slippage_bp": 10,
    }
    venue = {"operator": "o", "rest_url": "http://127.0.0.1:1", "stream_url": "ws://127.0.0.1:1"}
    return Platform.model_validate(
        {
            "assets": ["BTC"],
            "venues": {
                "alpha": venue | {"protocol": "binance-spot"},
                "perps": venue | {"protocol": "binance-usdm"},
                "other": venue | {"protocol": "binance-spot"},
            },
            "triangulation": {"fixed_rates": {"USDT": "1"}},
            "portfolios": {"main": {"currency": "USDT", "limits": bounds | limits}},
            "venue_accounts": {
                "alpha-main": {"venue": "alpha", "portfolio": "main", "taker_fee_bp": 10},
                "perps-main": {"venue": "perps", "portfolio": "main", "taker_fee_bp": 5},
            },
        }
    )


def stage(**limits: object) -> StageSpec:
    return risk_stage(platform(**limits), KEY)


class Scene:
    """Steps in order; every record gets the next offset of its topic."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._offsets: dict[str, int] = {}

    def record(self, topic: str, key: str, message: Message) -> Input:
        offset = self._offsets[topic] = self._offsets.get(topic, -1) + 1
        return make_input(topic, key, message, offset, PARTITION)

    def side(self, topic: str, key: str, message: Message) -> int:
        """Add a side record; return its offset."""
        record = self.record(topic, key, message)
        self.steps.append(Side(record))
        return record.position.offset

    def intent(self, message: intents_pb2.Intent) -> None:
        self.steps.append(self.record("strategies.intents.v1", message.portfolio, message))

    def breaker(
        self, scope: str, state: risk_pb2.BreakerState = risk_pb2.BREAKER_STATE_CLOSED, epoch: int = 1
    ) -> None:
        self.side("risk.breakers.v1", scope, risk_pb2.Breaker(scope=scope, state=state, epoch=epoch))

    def ready(self, spot: str = "0", linear: str = "0", cash: str = "5000") -> Scene:
        """Everything that must be there is there."""
        self.side("market.instruments.v1", SPOT, instrument(SPOT))
        self.side("market.instruments.v1", LINEAR, instrument(LINEAR))
        self.breaker("global")
        self.breaker("portfolio/main")
        self.side("ledger.portfolios.v1", "main", portfolio(spot, linear, cash))
        for name in (SPOT, LINEAR):
            self.parameters(name)
        return self

    def parameters(self, name: str, size: float = 1.0) -> None:
        """Say how large orders in an instrument may be."""
        self.side("risk.parameters.v1", name, risk_pb2.Parameters(instrument=name, size_multiplier=size))

    def order(self, message: execution_pb2.OrderEvent) -> None:
        self.side("execution.orders.v1", message.client_order_id, message)

    def fill(self, message: execution_pb2.Fill) -> int:
        return self.side("execution.fills.v1", message.fill_id, message)

    def run(self, spec: StageSpec | None = None) -> Run:
        return run_split(spec or stage(), self.steps, partition=PARTITION)

    def decisions(self, spec: StageSpec | None = None) -> list[risk_pb2.Decision]:
        return [m for m in self.run(spec).messages("risk.decisions.v1") if isinstance(m, risk_pb2.Decision)]


def instrument(name: str, **changes: object) -> reference_pb2.Instrument:
    """Return rules with a tick of 0.5, a lot of 0.01 and a minimum of 5 USDT."""
    kind = reference_pb2.INSTRUMENT_KIND_SPOT if name == SPOT else reference_pb2.INSTRUMENT_KIND_LINEAR
    message = reference_pb2.Instrument(
        instrument=name,
        venue=name.partition(":")[0],
        base="BTC",
        quote="USDT",
        settle="USDT",
        kind=kind,
        tick=wire("0.5"),
        lot=wire("0.01"),
        minimum_notional=wire("5"),
        contract_size=wire("1"),
        is_trading=True,
        version=1,
    )
    for field, value in changes.items():
        setattr(message, field, value)
    return message


def portfolio(
    spot: str = "0",
    linear: str = "0",
    cash: str = "5000",
    *,
    version: int = 1,
    applied: int = -1,
    goods: str | None = None,
) -> ledger_pb2.Portfolio:
    """Return a portfolio with positions marked at 100; `applied` is the newest fills offset booked."""
    message = ledger_pb2.Portfolio(portfolio="main", currency="USDT", version=version)
    for account, asset, amount in (
        ("alpha-main", "USDT", cash),
        ("alpha-main", "BTC", goods or spot),
        ("perps-main", "USDT", "5000"),
    ):
        message.balances.add(venue_account=account, asset=asset, amount=wire(amount))
    for name, quantity in ((SPOT, spot), (LINEAR, linear)):
        message.positions.add(instrument=name, quantity=wire(quantity), entry_price=100.0, mark_price=100.0)
    if applied >= 0:
        message.applied.add(topic="execution.fills.v1", partition=PARTITION, offset=applied)
    return message


def intent(
    side: values_pb2.Side = BUY,
    name: str = SPOT,
    number: int = 1,
    *,
    at_s: int = 10,
    mid: float = 100.0,
    venues: int = 3,
    quality: validated_pb2.FixQuality = validated_pb2.FIX_QUALITY_GOOD,
    verdict: validated_pb2.VenueVerdict = validated_pb2.VENUE_VERDICT_VALID,
    **fields: object,
) -> intents_pb2.Intent:
    """Return an intent of full strength on a fix of 100, quoted 100 / 100 unless `mid` says otherwise."""
    message = intents_pb2.Intent(
        intent_id=f"intent-{number}",
        portfolio="main",
        instrument=name,
        side=side,
        strength=1.0,
        urgency=intents_pb2.URGENCY_TAKE,
        bid=mid,
        ask=mid,
        verdict=verdict,
        event_time_ns=at_s * SECOND,
        valid_until_ns=(at_s + 2) * SECOND,
    )
    fix = validated_pb2.Fix(asset="BTC", currency="USD", price=100.0, venues=venues, quality=quality)
    fix.event_time_ns = at_s * SECOND
    message.fix.CopyFrom(fix)
    for field, value in fields.items():
        setattr(message, field, value)
    return message


def order_event(
    client_order_id: str,
    revision: int,
    state: execution_pb2.OrderState,
    *,
    side: values_pb2.Side = BUY,
    name: str = SPOT,
    quantity: str = "9.99",
    filled: str = "0",
    price: str = "100",
) -> execution_pb2.OrderEvent:
    return execution_pb2.OrderEvent(
        client_order_id=client_order_id,
        revision=revision,
        portfolio="main",
        venue_account=f"{name.partition(':')[0]}-main",
        instrument=name,
        side=side,
        quantity=wire(quantity),
        limit_price=wire(price) if price else None,
        filled_quantity=wire(filled),
        state=state,
    )


def fill_event(
    fill_id: str,
    client_order_id: str,
    quantity: str,
    *,
    side: values_pb2.Side = BUY,
    name: str = SPOT,
    price: str = "100",
) -> execution_pb2.Fill:
    return execution_pb2.Fill(
        fill_id=fill_id,
        client_order_id=client_order_id,
        portfolio="main",
        venue_account=f"{name.partition(':')[0]}-main",
        instrument=name,
        side=side,
        quantity=wire(quantity),
        price=wire(price),
    )


def command(
    kind: control_pb2.CommandKind, scope: str = "global", at_s: int = 1, key: bytes = KEY
) -> control_pb2.Command:
    """Return a command signed with a key."""
    message = control_pb2.Command(command_id=f"c-{at_s}", operator="ada", kind=kind, scope=scope)
    message.command_time.CopyFrom(Timestamp(seconds=at_s))
    sign(message, key)
    return message


def wire(value: str | Decimal) -> values_pb2.Decimal:
    return values_pb2.Decimal(value=value if isinstance(value, str) else to_text(value))
