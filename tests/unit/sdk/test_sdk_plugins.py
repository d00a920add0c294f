"""Strategies are found by name, and one that is not whole is refused with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

from sextant.core.errors import InvalidValue
from sextant.sdk import PluginInvalid, Side, Signal, Strategy, VectorView
from sextant.sdk.plugins import GROUP, Plugins


@dataclass
class Nothing:
    pass


@dataclass
class Unstorable:
    thing: object = field(default_factory=object)


class Silent(Strategy[Nothing, Nothing]):
    name, version = "silent", "1"
    parameters_type: ClassVar[type[Any]] = Nothing
    memory_type: ClassVar[type[Any]] = Nothing

    def on_vector(self, vector: VectorView, memory: Nothing) -> Signal | None:
        return None


class Nameless(Silent):
    version = ""


class Forgetful(Silent):
    memory_type = Unstorable


def declared(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, GROUP)


def test_an_entry_point_is_found_by_its_name() -> None:
    plugins = Plugins([], [declared("silent", f"{__name__}:Silent")])
    assert plugins.names() == ("silent",)
    assert plugins.find("silent").__name__ == "Silent"
    assert plugins.make("silent", {}).parameters == plugins.find("silent").parameters_type()


def test_the_installed_distribution_declares_its_reference_strategy() -> None:
    plugins = Plugins([])
    if "ema-cross" not in plugins.names():
        pytest.skip("the distribution was installed before it declared the entry point of ema-cross")
    assert plugins.find("ema-cross").name == "ema-cross"


def test_a_broken_entry_point_harms_no_other() -> None:
    plugins = Plugins([Silent], [declared("broken", "no.such.module:Thing")])
    assert plugins.find("silent") is Silent
    with pytest.raises(
        PluginInvalid, match=r"plug-in broken: expected a class that can be imported, was no\.such\.module"
    ):
        plugins.find("broken")


@pytest.mark.parametrize(
    ("name", "built_in", "points", "message"),
    [
        ("loud", [Silent], [], "plug-in loud: expected one of silent, was not found"),
        ("silent", [Nameless], [], "expected text in Nameless.version"),
        ("silent", [Forgetful], [], "expected a memory_type that is a dataclass with defaults"),
        (
            "loud",
            [],
            [declared("loud", f"{__name__}:Silent")],
            "expected the name 'loud', was Silent.name = 'silent'",
        ),
        (
            "other",
            [],
            [declared("other", "json:JSONDecoder")],
            r"expected a subclass of sextant\.sdk\.Strategy",
        ),
    ],
)
def test_what_is_not_a_whole_strategy_is_refused(
    name: str, built_in: list[Any], points: list[EntryPoint], message: str
) -> None:
    with pytest.raises(PluginInvalid, match=message):
        Plugins(built_in, points).find(name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"strength": 1.1},
        {"strength": float("nan")},
        {"horizon_ns": 0},
        {"valid_for_ns": 0},
        {"expected_edge_bp": float("inf")},
        {"evidence": {"rsi": float("nan")}},
    ],
)
def test_a_signal_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "strength": 1.0,
        "horizon_ns": 1,
        "valid_for_ns": 1,
        "expected_edge_bp": 1.0,
        "expected_cost_bp": 1.0,
    }
    Signal(Side.BUY, **right)
    with pytest.raises(InvalidValue):
        Signal(Side.BUY, **{**right, **wrong})
