"""Who reads market frames is chosen by name, and a wrong choice stops the start."""

from __future__ import annotations

import pytest

from sextant.core.errors import SettingsInvalid
from sextant.runtime.settings import load_process
from sextant.venues import native
from tests.support.binance_feeds import native_path


def test_pure_is_always_there() -> None:
    assert native.choose("pure").name == "pure"


def test_auto_takes_the_native_path_where_it_is_installed() -> None:
    assert native.choose("auto").name == native_path().name == "native"


def test_without_the_module_auto_is_pure_and_native_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_IS_INSTALLED", False)
    assert native.choose("auto").name == "pure"
    with pytest.raises(SettingsInvalid, match="sextant_native is not installed"):
        native.choose("native")


def test_another_word_is_an_error() -> None:
    with pytest.raises(SettingsInvalid, match="auto, native or pure"):
        native.choose("rust")
    with pytest.raises(SettingsInvalid, match=r"(?i)market_path"):
        load_process({"SEXTANT_CONFIG": "config/sextant.yaml", native.VARIABLE: "rust"})


def test_the_answers_of_the_scanner_are_those_of_the_module() -> None:
    module = pytest.importorskip("sextant_native", reason="the native module is not installed")
    codes = (native.LEFT, native.TAKEN, native.CLOCK, native.FULL)
    assert codes == (module.LEFT, module.TAKEN, module.CLOCK, module.FULL)
    assert module.UNKNOWN < native.LEFT
