"""The Dockerfile, as far as it can be judged without an engine: what its last stage is, and that both ways to an image agree."""

from __future__ import annotations

import fnmatch
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.images.build import INPUTS, PREFIX, runs
from deploy.images.measure import SERVICES, modules
from sextant import __version__

ROOT = Path(__file__).resolve().parents[3]
DOCKER = ROOT / "deploy" / "docker"
TEXT = (DOCKER / "Dockerfile").read_text()


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the words of each instruction, lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, words = line.strip().partition(" ")
            yield name, words.strip()


def stages() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {"": []}
    for name, words in instructions(TEXT):
        if name == "FROM":
            found[words.partition(" AS ")[2]] = []
        list(found.values())[-1].append((name, words))
    return found


def words(stage: str, instruction: str) -> list[str]:
    return [said for name, said in stages()[stage] if name == instruction]


def pairs(stage: str, instruction: str) -> dict[str, str]:
    split = [pair.partition("=") for said in words(stage, instruction) for pair in shlex.split(said)]
    return {key: value for key, _, value in split}


def test_the_last_stage_is_the_image_and_holds_no_compiler() -> None:
    assert list(stages()) == ["", "rust", "build", "final"]
    said = " ".join(said for _, said in stages()["final"])
    assert not re.search(r"\b(gcc|cargo|rustup|build-essential|clang|make)\b", said)
    assert words("final", "COPY")[-1] == f"--from=build {PREFIX} {PREFIX}"


def test_the_user_is_a_number_that_is_not_roots() -> None:
    (user,) = words("final", "USER")
    assert re.fullmatch(r"[1-9][0-9]*:[1-9][0-9]*", user)
    script = (DOCKER / "base.sh").read_text()
    assert f"sextant:x:{user}:" in script


def test_both_ways_keep_the_first_step_until_the_same_files_change() -> None:
    copied = [said.split() for said in words("build", "COPY") if not said.startswith("--from")]
    assert copied.pop() == [".", "/source"]
    assert [path for said in copied for path in said[:-1]] == list(INPUTS)


def test_both_ways_to_an_image_start_containers_alike() -> None:
    without_engine, environment = runs("all"), pairs("final", "ENV")
    assert environment.pop("PATH") == f"{':'.join(without_engine.path)}:$PATH"
    assert environment == without_engine.environment
    assert words("final", "USER") == [without_engine.user]
    assert words("final", "WORKDIR") == [without_engine.folder]
    assert words("final", "CMD") == [str(list(without_engine.command)).replace("'", '"')]


def test_labels_are_the_standard_ones_and_the_version_is_the_packages() -> None:
    labels = pairs("final", "LABEL")
    assert all(name.startswith("org.opencontainers.image.") for name in labels)
    assert set(runs("all").labels) <= set(labels)
    assert f"VERSION={__version__}" in words("final", "ARG")
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_what_the_steps_read_is_sent_to_the_engine_and_exists() -> None:
    rules = [
        line
        for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
        if not line.startswith("#")
    ]
    kept = [rule[1:] for rule in rules if rule.startswith("!")]
    assert rules[0] == "*"
    assert all((ROOT / path).exists() for path in kept)
    read = set(re.findall(r"\$source/([A-Za-z0-9_./-]+)", (DOCKER / "install.sh").read_text())) | {
        "sextant", "services", "topologies", "simulator", "pyproject.toml", "README.md", "deploy/docker/base.sh"
    }  # fmt: skip
    for path in read:
        below = any(
            path == rule or path.startswith(f"{rule}/") or rule.startswith(f"{path}/") for rule in kept
        )
        assert below, f"{path} is read by a step and not sent to the engine"


def test_nothing_secret_or_local_is_sent_to_the_engine() -> None:
    rules = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    kept = [rule[1:] for rule in rules if rule.startswith("!")]
    for path in (".git/config", ".sextant/images/x", ".venv/bin/python", "keys/operator.token", ".env"):
        assert not any(
            path == rule or path.startswith(f"{rule}/") or fnmatch.fnmatch(path, rule) for rule in kept
        )


def test_every_part_has_an_extra_that_installs_it() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {*modules("all"), "platform", "image"} <= set(extras)
    assert {path.parent.name for path in ROOT.glob("services/*/__main__.py")} == set(SERVICES)


@pytest.mark.skipif(
    shutil.which("shellcheck") is None, reason="shellcheck is not installed: scripts are only parsed"
)
@pytest.mark.parametrize("script", ["install.sh", "base.sh"])
def test_shellcheck_finds_nothing(script: str) -> None:
    done = subprocess.run(["shellcheck", str(DOCKER / script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", ["install.sh", "base.sh"])
def test_scripts_are_of_the_plain_shell(script: str) -> None:
    assert subprocess.run(["sh", "-n", str(DOCKER / script)], check=False).returncode == 0
    assert (DOCKER / script).read_text().startswith("#!/bin/sh\n")


def test_an_installation_asked_for_wrongly_says_how() -> None:
    done = subprocess.run(["sh", str(DOCKER / "install.sh")], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "install.sh sextant SOURCE SERVICE PREFIX" in done.stderr
    assert "set -eu" not in done.stderr
