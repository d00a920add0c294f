"""What the chart holds of other files is what those say today."""

from __future__ import annotations

import re

import pytest
import yaml

from deploy.chart.comments import comments_of
from deploy.chart.files import made_files, stale
from deploy.chart.paths import CHART, ROOT
from deploy.chart.registry import input_of, most_workers, registry_file
from sextant.contracts.topics import STAGES, TOPICS
from sextant.demo.plan import SERVICES


def test_files_schema_and_page_are_up_to_date() -> None:
    assert [str(path.relative_to(ROOT)) for path in stale(made_files(), (CHART / "files",))] == []


def test_every_service_is_a_workload_and_nothing_else_is() -> None:
    workloads = yaml.safe_load((CHART / "values.yaml").read_text())["workloads"]
    assert set(workloads) == set(STAGES) == {*SERVICES, "console"}


@pytest.mark.parametrize("stage", STAGES)
def test_text_beside_replicas_says_the_most_that_the_schema_takes(stage: str) -> None:
    text = comments_of(CHART / "values.yaml")[f"workloads.{stage}.replicas"]
    assert re.match(rf"at most {most_workers(stage)}\b", text)
    assert input_of(stage) in text


def test_whoever_shares_partitions_has_at_most_as_many_workers() -> None:
    for stage in STAGES:
        if input_of(stage):
            assert most_workers(stage) == TOPICS[input_of(stage)].partitions
            assert stage in TOPICS[input_of(stage)].consumers


def test_rights_are_those_of_the_registry() -> None:
    services = registry_file()["services"]
    for entry in TOPICS.values():
        assert entry.name in services[entry.owner]["writes"]
        readers = {name for name, rights in services.items() if entry.name in rights["reads"]}
        assert readers == {*entry.consumers, entry.owner}
    assert "control.commands.v1" in services["execution"]["writes"], "it tells of a FLAT ALL by its door"
