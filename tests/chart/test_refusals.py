"""Values that cannot be meant are refused at install, and named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Refusal = Callable[[str], str]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ("workload: {}", "workload"),
        ("workloads: {strategie: {replicas: 2}}", "strategie"),
        ("workloads: {strategies: {replica: 2}}", "replica"),
        ("kafka: {bootstap: here}", "bootstap"),
        ("default: {resources: {request: {}}}", "request"),
        ("config: {overrides: {breaker: {trial: 5}}}", "trial"),
        ("config: {overrides: {portfolios: {main: {limits: {unit: 5}}}}}", "unit"),
        ("config: {sections: {venue: {}}}", "venue"),
        ("config: {existingConfigMap: mine}", "existingConfigMap"),
        ("workloads: {risk: {env: {PYTHONPATH: /x}}}", "PYTHONPATH"),
    ],
)
def test_a_misspelt_key_is_named(refusal: Refusal, values: str, named: str) -> None:
    assert f"'{named}'" in refusal(values)


@pytest.mark.parametrize(
    ("values", "place", "reason"),
    [
        (
            "workloads: {strategies: {replicas: 25}}",
            "/workloads/strategies/replicas",
            "maximum: got 25, want 24",
        ),
        ("workloads: {risk: {replicas: 13}}", "/workloads/risk/replicas", "maximum: got 13, want 12"),
        ("workloads: {ingest: {replicas: 2}}", "/workloads/ingest/replicas", "maximum: got 2, want 1"),
        ("workloads: {ledger: {replicas: 0}}", "/workloads/ledger/replicas", "minimum: got 0, want 1"),
        ("keda: {strategies: {maxReplicas: 25}}", "/keda/strategies/maxReplicas", "want 24"),
        ("kafka: {bundled: false}", "/kafka/bootstrap", "minLength"),
        ("postgres: {bundled: false}", "/postgres/existingSecret/name", "minLength"),
        ("kafka: {security: {protocol: ssl}}", "/kafka/security/existingSecret", "minLength"),
        ("strimzi: {users: true}", "/strimzi/cluster", "minLength"),
        ("region: Tokyo", "/region", "does not match pattern"),
        ("config: {overrides: {mode: real}}", "/config/overrides/mode", "'sim', 'paper', 'live'"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_place(
    refusal: Refusal, values: str, place: str, reason: str
) -> None:
    said = refusal(values)
    assert place in said
    assert reason in said


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ("region: tokyo", 'portfolios.main.home_region: expected "tokyo"'),
        ("config: {overrides: {mode: live}}", "liveSwitch: expected"),
        ("config: {overrides: {mode: paper}}", "simulator.enabled: expected false"),
        ("simulator: {enabled: false}", "venueKeys.existingSecret: expected a Secret"),
        (
            "observability: {bundled: true, alertmanager: {existingSecret: s, email: {to: me@here}}}",
            "observability.alertmanager.email: expected smarthost, from and to",
        ),
        (
            "config: {overrides: {venues: {alpha: {protocol: binance-usdm}}}}",
            'venues.alpha.protocol: expected "binance-spot"',
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_in_a_sentence(
    refusal: Refusal, values: str, reason: str
) -> None:
    assert reason in refusal(values)
