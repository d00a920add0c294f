"""The proof of alerts judges what it says it judges."""

from __future__ import annotations

import json
import time
import urllib.request

import pytest

from proofs.alerts.causes import CAUSES, NOT_DEALT
from proofs.alerts.receiver import Receiver
from proofs.alerts.rules import Promise, promises
from proofs.alerts.telling import Fired, Outcome

CRITICAL, WARNING = Promise("OrderUnknown", "critical", 10.0), Promise("VenueStale", "warning", 120.0)


def test_every_alert_is_dealt_or_listed_with_the_reason_why_not() -> None:
    dealt = {name for cause in CAUSES for name in cause.alerts}
    assert not dealt & NOT_DEALT.keys()
    assert dealt | NOT_DEALT.keys() == promises().keys()
    assert all(why for why in NOT_DEALT.values())


@pytest.mark.parametrize(
    ("promise", "within_s"),
    [
        (CRITICAL, 40.0),
        (WARNING, 150.0),
        (Promise("X", "critical", 30.0), 60.0),
        (Promise("X", "critical", 45.0), 60.0),
    ],
)
def test_an_alert_fires_within_its_for_and_thirty_seconds_a_critical_one_within_a_minute(
    promise: Promise, within_s: float
) -> None:
    assert promise.within_s == within_s


def test_late_silent_untold_and_causeless_alerts_fail_the_proof_and_so_do_empty_panels() -> None:
    outcome = Outcome(60.0, exemplars=1)
    outcome.fired = [Fired("a fault", CRITICAL, 39.0, 41.0)]
    assert outcome.failures() == []
    outcome.fired = [Fired("a fault", CRITICAL, 41.0, 42.0)]
    assert "promised within 40 s" in outcome.failures()[0]
    outcome.fired = [Fired("a fault", CRITICAL, None, None)]
    assert "did not fire" in outcome.failures()[0]
    outcome.fired = [Fired("a fault", CRITICAL, 20.0, None)]
    assert "was not told" in outcome.failures()[0]
    outcome.fired = [Fired("a fault", CRITICAL, 20.0, None, is_held_back=True)]
    assert outcome.failures() == []
    outcome.fired = [Fired("a fault", CRITICAL, 20.0, 21.0, is_held_back=True)]
    assert "holds it back" in outcome.failures()[0]
    outcome.fired, outcome.noise = [], {"VenueStale": [{"venue": "beta"}]}
    assert "without a cause" in outcome.failures()[0]
    outcome.noise, outcome.empty = {}, ["Overview, Equity: x"]
    assert "without data" in outcome.failures()[0]
    outcome.empty, outcome.exemplars = [], 0
    assert "exemplars" in outcome.failures()[0]


def test_the_receiver_remembers_who_was_told_what() -> None:
    receiver, since = Receiver(), time.monotonic()
    try:
        body = {"alerts": [{"labels": {"alertname": "OrderUnknown"}, "status": "firing"}]}
        request = urllib.request.Request(receiver.url("telegram"), json.dumps(body).encode(), method="POST")
        urllib.request.urlopen(request, timeout=5).close()
        assert receiver.heard_s("OrderUnknown", since) is not None
        assert receiver.heard_s("OrderUnknown", time.monotonic()) is None
        assert receiver.told[0].receiver == "telegram"
    finally:
        receiver.close()
