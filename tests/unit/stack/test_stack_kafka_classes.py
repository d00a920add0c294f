"""The archive of Kafka's classes is a convenience: made once, never in the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sextant.stack.errors import StackError
from sextant.stack.kafka_classes import classes_option, ensure_classes
from sextant.stack.launch import Launch
from sextant.stack.wheels import java_build


def cannot_start(folder: Path) -> tuple[Launch, Callable[[str, tuple[int, ...]], bool]]:
    raise StackError("no port to be had")


def test_without_an_archive_the_jvm_is_told_nothing(tmp_path: Path) -> None:
    assert classes_option((tmp_path / "a.jar",)) == ()


def test_an_archive_of_this_jvm_is_used_and_not_made_again(tmp_path: Path) -> None:
    archive = tmp_path / f"classes-{java_build()}.aot"
    archive.touch()
    jars = (tmp_path / "a.jar",)
    ensure_classes(jars, cannot_start, lambda line: None)
    assert classes_option(jars) == (f"-XX:AOTCache={archive}",)


def test_a_failure_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        ensure_classes((tmp_path / "a.jar",), cannot_start, said.append)
    assert len(said) == 2
    assert said[1] == "going on without prepared classes, starts take longer: no port to be had"
    assert classes_option((tmp_path / "a.jar",)) == ()
