"""Where the stack runs, and what it says where it does not."""

from __future__ import annotations

import pytest

from sextant.stack.errors import UnsupportedPlatform
from sextant.stack.platforms import check_platform


@pytest.mark.parametrize(
    ("system", "machine"),
    [("Linux", "x86_64"), ("Linux", "aarch64"), ("Linux", "amd64"), ("Darwin", "arm64")],
)
@pytest.mark.parametrize("python", [(3, 11), (3, 12), (3, 13)])
def test_supported_places_pass(system: str, machine: str, python: tuple[int, int]) -> None:
    check_platform(system, machine, python)


@pytest.mark.parametrize(
    ("system", "machine"), [("Windows", "AMD64"), ("Darwin", "x86_64"), ("Linux", "riscv64")]
)
def test_an_unsupported_system_is_a_clear_sentence(system: str, machine: str) -> None:
    with pytest.raises(UnsupportedPlatform, match=rf"Linux x86-64.*this is {system} {machine.lower()}"):
        check_platform(system, machine, (3, 11))


@pytest.mark.parametrize("python", [(3, 10), (3, 14)])
def test_an_unsupported_python_is_a_clear_sentence(python: tuple[int, int]) -> None:
    with pytest.raises(UnsupportedPlatform, match=rf"Python 3.11 to 3.13; this is Python 3.{python[1]}"):
        check_platform("Linux", "x86_64", python)
