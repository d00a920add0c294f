"""What tracing costs is judged by the median of pairs and by the slowest hundredth, and a missing edge or order is a shortfall."""

from __future__ import annotations

from collections import Counter

import pytest

from proofs.traced.cost import Sample, compared
from proofs.traced.edges import EDGES, Verdict


def sample(cpu_ms: float, *, slowest_ms: float = 10.0) -> Sample:
    return Sample(1_000, cpu_ms, (*([1.0] * 980), *([slowest_ms] * 20)))


def test_one_disturbed_pair_does_not_move_the_median() -> None:
    cost = compared([sample(1.04), sample(9.0), sample(1.03)], [sample(1.0)] * 3)
    assert cost.cpu_ratio == pytest.approx(1.04)
    assert cost.cpu_us_per_order == pytest.approx(40.0)
    assert list(cost.shortfalls()) == []


def test_what_is_too_dear_is_said_with_the_goal() -> None:
    cost = compared([sample(1.1, slowest_ms=20.0)] * 3, [sample(1.0)] * 3)
    assert cost.p99_ratio == pytest.approx(2.0)
    assert cost.p99_interval[0] <= cost.p99_ratio <= cost.p99_interval[1]
    cpu, p99 = cost.shortfalls()
    assert "expected at most 1.05 times, was 1.100" in cpu
    assert "expected at most 1.25 times, was 2.000" in p99


def test_a_run_is_short_of_orders_edges_and_parents() -> None:
    whole = Verdict(orders=10, filled=10, whole=10, edges=Counter(dict.fromkeys(EDGES, 10)))
    assert list(whole.shortfalls(10)) == []
    assert [each.split(":")[0] for each in whole.shortfalls(11)] == ["filled orders"]
    whole.edges["execution", "ledger"] = 0
    whole.orphans, whole.broken = 1, {"sx1": "no span of features"}
    assert len(list(whole.shortfalls(10))) == 3
