"""Live means that the loop turns; ready means that everything that was stated is well."""

from __future__ import annotations

from sextant.core.time import SECOND, SettableClock
from sextant.runtime.health import STUCK_NS, Health


def make() -> tuple[Health, SettableClock]:
    clock = SettableClock(100 * SECOND)
    return Health(clock), clock


def test_a_loop_that_stands_still_is_dead_and_not_ready() -> None:
    health, clock = make()
    health.set("kafka", True)
    clock.advance(STUCK_NS - 1)
    assert health.is_live
    assert health.is_ready
    clock.advance(1)
    assert not health.is_live
    assert not health.is_ready
    health.beat()
    assert health.is_live


def test_nothing_stated_is_not_ready() -> None:
    """A service that has not begun yet must get no traffic."""
    health, _ = make()
    assert health.is_live
    assert not health.is_ready


def test_one_failing_check_makes_unready_until_it_is_well_or_gone() -> None:
    health, _ = make()
    health.set("kafka", True)
    health.set("partition/execution.fills.v1/3", False, "halted at offset 9")
    assert not health.is_ready
    health.clear("partition/execution.fills.v1/3")
    assert health.is_ready
    health.set("kafka", False, "no broker")
    assert not health.is_ready


def test_a_report_of_a_family_holds_its_checks_alone() -> None:
    health, _ = make()
    health.set("websocket/alpha", True, "connected")
    health.set("websocket/beta", False, "reconnecting")
    health.set("websocketish", False)
    health.set("kafka", True)
    well, report = health.report("websocket")
    assert not well
    assert list(report["checks"]) == ["websocket/alpha", "websocket/beta"]
    assert report["status"] == "failing"
    assert report["checks"]["websocket/beta"] == {"ok": False, "detail": "reconnecting"}
    assert health.report("kafka")[0]


def test_a_family_that_a_service_does_not_use_is_well_and_says_so() -> None:
    health, _ = make()
    health.set("kafka", True)
    well, report = health.report("redis")
    assert well
    assert report["status"] == "not used by this service"


def test_the_whole_report_is_readiness() -> None:
    health, clock = make()
    health.set("kafka", True)
    assert health.report() == (
        True,
        {"status": "ok", "live": True, "ready": True, "checks": {"kafka": {"ok": True, "detail": ""}}},
    )
    clock.advance(STUCK_NS)
    well, report = health.report()
    assert not well
    assert (report["status"], report["live"]) == ("failing", False)
