"""One install on a real node: orders are filled and settled, every workload may die, workers come and go, and the books still balance.

Tests of this file build on each other, in their order: one node, one release.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from sextant.core.partitions import MARKET_PARTITIONS
from tests.cluster import jaeger
from tests.cluster.node import ROOT, Node, missing
from tests.cluster.release import NAME, SERVERS, STAGES, Release

IMAGE: Final = Path(
    os.environ.get("SEXTANT_TEST_IMAGE") or ROOT / ".sextant" / "images" / f"sextant-{version('sextant')}.tar"
)
_ABSENT: Final = missing() or ("" if IMAGE.exists() else f"no image at {IMAGE}: make image")
_NO_JAEGER: Final = jaeger.missing()

pytestmark = [
    pytest.mark.skipif(bool(_ABSENT), reason=_ABSENT or "there is a cluster"),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    images = [IMAGE] if _NO_JAEGER else [IMAGE, jaeger.packed(tmp_path_factory.mktemp("images"))]
    with Node(images) as node:
        made = Release(node, tmp_path_factory.mktemp("release"), has_jaeger=not _NO_JAEGER)
        try:
            made.install()
            print(f"all pods were ready {made.ready_s:.0f} s after helm install began")
            yield made
        finally:
            made.close()


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(1)


def test_one_command_installs_a_platform_that_trades(release: Release) -> None:
    assert release.ready_s < 120
    assert {pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in release.pods()} >= set(STAGES)
    assert "filled" in release.smoke()


def test_requests_fit_into_one_and_a_half_cores(release: Release) -> None:
    asked = 0
    for pod in release.pods():
        for container in pod["spec"]["containers"]:
            text = container["resources"]["requests"]["cpu"]
            asked += int(text[:-1]) if text.endswith("m") else int(text) * 1000
    assert 0 < asked <= 1_500


def test_an_order_is_explained_from_inside(release: Release) -> None:
    tail = release.execute("console", "sextant", "topics", "tail", "execution.orders.v1", "--limit", "1")
    order = json.loads(tail.strip().splitlines()[-1])["key"]
    told = release.execute("console", "sextant", "explain", order)
    assert order in told
    for step in ("venue frame", "event batch", "fix", "vector", "signal", "intent", "decision"):
        assert f"── {step} " in told


@pytest.mark.skipif(bool(_NO_JAEGER), reason=_NO_JAEGER or "Jaeger is there")
def test_jaeger_holds_the_trace_of_an_order(release: Release) -> None:
    tail = release.execute("console", "sextant", "topics", "tail", "execution.fills.v1", "--limit", "1")
    order = json.loads(tail.strip().splitlines()[-1])["message"]["client_order_id"]
    tags = {"sextant.client_order_id": order}
    until(lambda: bool(release.traces("ledger", **tags)), 30, f"the trace of {order}")
    (trace,) = release.traces("execution", **tags)
    seen = {process["serviceName"] for process in trace["processes"].values()}
    assert seen >= {*STAGES[:5], "risk", "execution", "ledger"}


def test_every_workload_may_be_killed_and_deleted(release: Release) -> None:
    """Two at a time, in turn: who was killed is deleted once it is back, and meanwhile the next ones are killed."""
    pairs = [STAGES[at : at + 2] for at in range(0, len(STAGES), 2)]
    for deleted, killed in pairwise([(), *pairs, ()]):
        before = {stage: release.restarts(stage) for stage in killed}
        for stage in killed:
            assert release.node.kill(f"services.{stage}") >= 1, f"{stage}: nothing to kill"
        if deleted:
            names = [pod["metadata"]["name"] for stage in deleted for pod in release.pods(stage)]
            release.node.kubectl("delete", "pod", *names, seconds=90)
        for stage, restarts in before.items():
            until(lambda: release.restarts(stage) > restarts, 60, f"{stage} is started again")  # noqa: B023  # awaited inside of the turn
        for stage in (*deleted, *killed):
            release.wait_ready(stage)
    assert "filled" in release.smoke()


def test_the_servers_may_be_killed(release: Release) -> None:
    """What they keep lies on volumes. The simulated venues are left alone: they forget what was traded, as no exchange does."""
    for server in SERVERS:
        before = release.restarts(server)
        assert release.node.kill("serve", server) >= 1, f"{server}: nothing to kill"
        until(lambda: release.restarts(server) > before, 60, f"{server} is started again")  # noqa: B023  # awaited inside of the turn
        for component in (server, *STAGES):
            release.wait_ready(component)
    assert "filled" in release.smoke()


def test_workers_of_strategies_come_and_go(release: Release) -> None:
    release.upgrade(**{"workloads.strategies.replicas": "4"})
    until(lambda: len(release.pods("strategies")) == 4, 60, "four workers")
    release.wait_ready("strategies")
    share = [MARKET_PARTITIONS // 4] * 4
    until(lambda: release.workers("strategies") == share, 60, "each of four workers has its share")
    release.node.helm("rollback", NAME, "--wait", "--timeout", "180s")
    until(lambda: release.workers("strategies") == [MARKET_PARTITIONS], 90, "one worker has everything again")
    assert "filled" in release.smoke()


def test_nothing_was_lost_or_doubled_meanwhile(release: Release) -> None:
    found = release.empty()
    print(json.dumps(found, indent=1))
    assert all(found["invariants"].values()), found["problems"]
    assert found["fills"] > 0
    assert found["traced"] == 1.0


def test_uninstalling_leaves_the_volumes_only(release: Release) -> None:
    release.node.helm("uninstall", NAME, "--wait")
    until(lambda: not release.pods(), 90, "all pods gone")
    kinds = "deployment,statefulset,service,serviceaccount,configmap,secret,job,pod,poddisruptionbudget,networkpolicy,priorityclass"
    left = release.node.get(kinds, "--selector", f"app.kubernetes.io/instance={NAME}")["items"]
    assert [f"{each['kind']}/{each['metadata']['name']}" for each in left] == []
    claims = release.node.get("persistentvolumeclaim")["items"]
    assert {claim["metadata"]["name"] for claim in claims} == {
        f"data-{NAME}-{kept}-0" for kept in ("kafka", "postgres", "execution", "archive")
    }
