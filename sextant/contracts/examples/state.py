"""Examples of a stage's own log. A snapshot's `state` belongs to the stage and is not opened here."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.contracts.examples.reference import spot
from sextant.contracts.examples.values import BTC, Example, at, position
from sextant.contracts.runtime.v1 import state_pb2
from sextant.core.identity import Identity, Root


def records(stage: str) -> Mapping[str, Example]:
    """Return examples of `<stage>.state.v1`, in the order in which an owner writes them."""
    return {
        "claim": Example("state", state_pb2.StateRecord(claim=state_pb2.Claim(instance=f"{stage}-0"))),
        "side-step": Example("state", state_pb2.StateRecord(side=_step())),
        "snapshot": Example("state", state_pb2.StateRecord(snapshot=_snapshot())),
        "empty-snapshot": Example(
            "state", state_pb2.StateRecord(snapshot=state_pb2.Snapshot(layout=1, silent=["risk.breakers.v1"]))
        ),
    }


def _step() -> state_pb2.SideStep:
    events = [
        state_pb2.SideEvent(record=_side()),
        state_pb2.SideEvent(fell_silent="ledger.portfolios.v1"),
        state_pb2.SideEvent(speaks_again="ledger.portfolios.v1"),
        state_pb2.SideEvent(timer_ns=at(500)),
    ]
    return state_pb2.SideStep(before_offset=1_205, events=events)


def _snapshot() -> state_pb2.Snapshot:
    return state_pb2.Snapshot(
        next_offset=1_205,
        layout=1,
        state=b"\x00\xff",
        marks=[
            state_pb2.Mark(topic="market.events.v1", source="alpha/spot-0", epoch=1, sequence=5, path=b"\0\0")
        ],
        sides=[_side()],
        side_next=[position("market.instruments.v1", 0, 4)],
    )


def _side() -> state_pb2.SideRecord:
    identity = Identity(Root("alpha/instruments", 1, 3), b"\x00\x00")
    return state_pb2.SideRecord(
        position=position("market.instruments.v1", 0, 3),
        key=BTC.encode(),
        value=spot().SerializeToString(deterministic=True),
        identity=identity.encode(),
    )
