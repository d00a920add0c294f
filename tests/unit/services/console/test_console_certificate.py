"""The operator API's certificate: replaced files are taken up, broken ones are not, and half of a pair is a start-up error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.console.adapters.certificate import Certificate
from sextant.core.errors import SettingsInvalid
from sextant.runtime.settings import Process
from sextant.runtime.settings.needs import require_whole_certificate
from tests.support.resources import CONFIG


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    chain, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    chain.write_bytes(b"chain 1")
    key.write_bytes(b"key 1")
    return chain, key


def renew(file: Path, text: bytes, number: int) -> None:
    """Write a file with a time of its own: clocks of file systems are coarse."""
    file.write_bytes(text)
    os.utime(file, ns=(number, number))


def test_a_certificate_that_is_replaced_is_taken_up_once(files: tuple[Path, Path]) -> None:
    certificate = Certificate(*files)
    assert certificate.newest() is None
    renew(files[0], b"chain 2", 1_000)
    assert certificate.newest() is not None
    assert certificate.newest() is None


def test_while_a_new_one_cannot_be_read_the_known_one_holds(files: tuple[Path, Path]) -> None:
    certificate = Certificate(*files)
    files[1].unlink()
    assert certificate.newest() is None
    renew(files[1], b"key 2", 2_000)
    assert certificate.newest() is not None


def test_one_that_is_missing_at_the_start_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"tls\.crt"):
        Certificate(tmp_path / "tls.crt", tmp_path / "tls.key")


@pytest.mark.parametrize(
    ("given", "missing"), [("operator_cert_file", "KEY_FILE"), ("operator_key_file", "CERT_FILE")]
)
def test_half_of_a_pair_is_a_start_up_error(given: str, missing: str, tmp_path: Path) -> None:
    process = Process.model_validate({"config": CONFIG, given: tmp_path / "tls"})
    with pytest.raises(SettingsInvalid, match=f"SEXTANT_OPERATOR_{missing}"):
        require_whole_certificate(process)
    require_whole_certificate(Process.model_validate({"config": CONFIG}))
