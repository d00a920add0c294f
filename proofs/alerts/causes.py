"""Which fault must cause which alerts. Order matters: the last ones leave marks that are not taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from proofs.alerts.scene import Scene

Deed = Callable[[Scene], None]
#: A partition of money topics in which no portfolio lives, and one of market topics.
_EMPTY_PARTITION: Final = 1
_GONE: Final = "gamma"


def _nothing(scene: Scene) -> None:
    """The fault leaves its mark."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault. `alerts` says which must fire, and a label that each must have; nobody is told of those that another one holds back."""

    name: str
    strike: Deed
    alerts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    mend: Deed = _nothing
    held_back: frozenset[str] = frozenset()

    @property
    def leaves_marks(self) -> bool:
        """Whether nothing is taken back, so that its alerts go on."""
        return self.mend is _nothing


CAUSES: Final = (
    Cause(
        "a service is killed",
        lambda scene: scene.kill("archive"),
        {"HeartbeatMissing": {"service": "archive"}},
        lambda scene: scene.start("archive"),
    ),
    Cause(
        "a stage of the market's line is frozen",
        lambda scene: scene.hold(["triangulation"]),
        {"HeartbeatMissing": {"service": "triangulation"}, "MarketDataLate": {"service": "features"}},
        lambda scene: scene.let_go(["triangulation"]),
    ),
    Cause(
        "the breaker is frozen",
        lambda scene: scene.hold(["breaker"]),
        {"BreakersSilent": {}, "HeartbeatMissing": {"service": "breaker"}},
        lambda scene: scene.let_go(["breaker"]),
    ),
    Cause(
        "an operator halts everything",
        lambda scene: scene.order("halt", "--reason", "proof of alerts"),
        {"BreakerOpen": {"scope": "global"}},
        lambda scene: scene.order("resume", "--reason", "proof of alerts"),
    ),
    Cause(
        "a venue is cut off",
        lambda scene: scene.cut_off(_GONE),
        {
            "FixDegraded": {},
            "FixesDegraded": {},
            "InstanceNotReady": {"stage": "execution"},
            "ReconciliationNeeded": {"account": f"{_GONE}-main"},
            "ServiceNotReady": {"service": "execution"},
            "VenueDisconnected": {"venue": _GONE},
            "ReportStreamDown": {"check": f"websocket/{_GONE}-main"},
        },
        lambda scene: scene.let_go([f"venue-{_GONE}"]),
        held_back=frozenset({"FixDegraded"}),
    ),
    Cause(
        "a venue falls silent on open connections",
        lambda scene: scene.silence(_GONE),
        {"VenueStale": {"venue": _GONE}},
        lambda scene: scene.mend_venues(),
    ),
    Cause(
        "an order is lost on its way, and every venue freezes",
        lambda scene: scene.lose_an_order(),
        {"OrderUnknown": {}},
        lambda scene: scene.thaw(),
    ),
    Cause(
        "somebody writes into the books",
        lambda scene: scene.falsify_books(1),
        {"TrialBalanceBroken": {"asset": "USDT"}},
        lambda scene: scene.falsify_books(-1),
    ),
    Cause(
        "a venue loses frames",
        lambda scene: scene.spoil_frames("beta", "drop", 1_000),
        {"VenueGaps": {"venue": "beta"}},
        lambda scene: scene.mend_venues(),
    ),
    Cause(
        "a venue sends nonsense",
        lambda scene: scene.spoil_frames("beta", "garbage", 50),
        {"VenueFramesRefused": {"venue": "beta"}},
    ),
    Cause(
        "an unreadable record in the market's line",
        lambda scene: scene.spoil("market.events.v1", _EMPTY_PARTITION),
        {"DeadLetters": {"topic": "market.events.v1"}},
    ),
    Cause(
        "a command that nobody has signed",
        lambda scene: scene.forge_command(),
        {"CommandRefused": {"service": "breaker"}},
    ),
    Cause(
        "somebody else trades with our keys",
        lambda scene: scene.trade_past_us("alpha", "alpha-main"),
        {"AccountDrift": {"account": "alpha-main"}, "ForeignOrders": {"account": "alpha-main"}},
    ),
    Cause(
        "an unreadable record in the line of money",
        lambda scene: scene.spoil("strategies.intents.v1", _EMPTY_PARTITION),
        {"PartitionHalted": {"service": "risk"}},
    ),
)

#: Alerts whose cause is not dealt here, and why. What Prometheus says of them is tried case by case in deploy/observability/rule_tests.
NOT_DEALT: Final[Mapping[str, str]] = {
    "VenueLying": "simulated venues have no fault that bends their prices",
    "VenueBooksBroken": "a book is mended within a second by a snapshot that no fault withholds for long",
    "VenueClockOff": "clocks of this machine are one clock",
    "OwnClockOff": "clocks of this machine are one clock",
    "ConsumerLag": "two cores cannot make a flood that lasts",
    "MoneyLag": "two cores cannot make a flood that lasts",
    "RebalancesFrequent": "takes ten minutes of restarts",
    "RestartsFrequent": "four restarts that are each seen by a scrape take longer than the half minute it is given",
    "LoopHeld": "nothing of ours holds its loop on demand",
    "MemoryHigh": "nothing of ours takes memory on demand",
    "SnapshotOld": "nothing of ours omits snapshots on demand",
    "DiskFilling": "needs a disk of its own",
    "DiskFull": "needs a disk of its own",
    "CertificateExpiring": "the local broker is spoken to without certificates",
    "CertificateExpired": "the local broker is spoken to without certificates",
    "SpansLost": "a run writes its spans to files, which refuse nothing",
    "VenueContradiction": "simulated venues contradict themselves in tests only",
    "OutboxStuck": "a broker that is away stops more than the outbox",
    "WriterFenced": "the proof by kills deals it, takeover by takeover",
    "OrdersRejected": "simulated venues reject nothing that risk has sized",
    "RefusalsByState": "without prices few intents come that could be refused",
    "LedgerRejoins": "takes several outages of the database",
    "OrderPathBudgetFast": "burns over hours",
    "OrderPathBudgetMedium": "burns over hours",
    "OrderPathBudgetSlow": "burns over days",
    "OrderPathBudgetCreeping": "burns over days",
    "TickToOrderBudgetFast": "burns over hours",
    "TickToOrderBudgetMedium": "burns over hours",
    "TickToOrderBudgetSlow": "burns over days",
    "TickToOrderBudgetCreeping": "burns over days",
}
