"""Parameters of plug-ins: typed, bounded, with errors that say what to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sextant.core.errors import InvalidValue
from sextant.sdk import PluginInvalid, parameter
from sextant.sdk.parameters import fill


@dataclass(frozen=True)
class Parameters:
    assets: tuple[str, ...]
    period: int = parameter(5, at_least=1, at_most=100)
    share: float = parameter(0.5, above=0.0, below=1.0)

    def __post_init__(self) -> None:
        if self.period == 13:
            raise InvalidValue("period", "13", "a number that brings luck")


def test_values_take_their_types_and_defaults() -> None:
    assert fill("p", Parameters, {"assets": ["BTC"], "share": 0.25}) == Parameters(("BTC",), 5, 0.25)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"assets": [], "periode": 5},
            "plug-in p, parameter periode: expected one of assets, period, share, was 5",
        ),
        ({"assets": [], "period": "5"}, "plug-in p, parameter period: expected a value of type int, was '5'"),
        (
            {"assets": [], "period": True},
            "plug-in p, parameter period: expected a value of type int, was True",
        ),
        ({"assets": [], "period": 0}, "plug-in p, parameter period: expected a value at least 1, was 0"),
        ({"assets": [], "period": 101}, "plug-in p, parameter period: expected a value at most 100, was 101"),
        ({"assets": [], "share": 0.0}, "plug-in p, parameter share: expected a value above 0.0, was 0.0"),
        ({"assets": [], "share": 1}, "plug-in p, parameter share: expected a value below 1.0, was 1"),
        ({}, "plug-in p, parameter assets: expected a value of type tuple[str, ...], was nothing"),
        (
            {"assets": [], "period": 13},
            "plug-in p, parameter period: expected a number that brings luck, was '13'",
        ),
    ],
)
def test_an_error_names_plug_in_parameter_value_and_what_was_expected(
    values: dict[str, Any], message: str
) -> None:
    with pytest.raises(PluginInvalid) as caught:
        fill("p", Parameters, values)
    assert str(caught.value) == message
