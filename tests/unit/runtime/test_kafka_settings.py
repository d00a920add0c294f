"""How a process is told to speak to the brokers: what fits together is taken, what does not is named."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest

from sextant.bus.kafka.connection import Connection
from sextant.bus.kafka.security import OPEN, Mechanism, Protocol
from sextant.core.errors import SettingsInvalid
from sextant.runtime.settings.kafka import security_of
from sextant.runtime.settings.load import load_process
from tests.support.certificates import Authority


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    pair = Authority(tmp_path).sign("some")
    (tmp_path / "password").write_text("much secret\n")
    return {"crt": str(pair.certificate), "key": str(pair.key), "password": str(tmp_path / "password")}


def told(files: dict[str, str], words: str) -> dict[str, str]:
    """Variables from words such as `SECURITY=ssl CA_FILE=crt`; a value that names a test file stands for its path."""
    pairs = (word.split("=") for word in words.split())
    return {f"SEXTANT_KAFKA_{name}": files.get(value, value) for name, value in pairs}


def test_without_a_word_brokers_are_spoken_to_in_the_open() -> None:
    assert security_of({"SEXTANT_KAFKA": "h:1"}) == OPEN
    assert OPEN.arguments() == {}


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("SECURITY=ssl", {"security_protocol", "ssl_context"}),
        ("SECURITY=ssl CA_FILE=crt CERT_FILE=crt KEY_FILE=key", {"security_protocol", "ssl_context"}),
        (
            "SECURITY=sasl_plaintext USERNAME=u PASSWORD_FILE=password",
            {"security_protocol", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password"},
        ),
        (
            "SECURITY=sasl_ssl CA_FILE=crt USERNAME=u PASSWORD_FILE=password MECHANISM=PLAIN",
            {
                "security_protocol",
                "ssl_context",
                "sasl_mechanism",
                "sasl_plain_username",
                "sasl_plain_password",
            },
        ),
    ],
)
def test_what_fits_together_reaches_every_client(words: str, given: set[str], files: dict[str, str]) -> None:
    variables = told(files, words)
    security = security_of(variables)
    connection = Connection("h:1", "test", 6_000, 1.0, 1.0, security)
    plain = Connection("h:1", "test", 6_000, 1.0, 1.0).common().keys()
    assert connection.common().keys() - plain == given
    assert connection.reading().keys() >= given
    assert connection.common()["security_protocol"] == variables["SEXTANT_KAFKA_SECURITY"].upper()


def test_a_login_is_by_scram_sha_512_and_its_password_the_files_line(files: dict[str, str]) -> None:
    security = security_of(told(files, "SECURITY=sasl_plaintext USERNAME=u PASSWORD_FILE=password"))
    assert (security.mechanism, security.password) == (Mechanism.SCRAM_SHA_512, "much secret")
    assert "much secret" not in repr(security)


def test_the_brokers_certificate_must_name_its_host(files: dict[str, str]) -> None:
    context = security_of(told(files, "SECURITY=ssl CA_FILE=crt")).arguments()["ssl_context"]
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("SECURITY=tls", "SEXTANT_KAFKA_SECURITY: .*sasl_ssl.*was 'tls'"),
        ("SECURITY=sasl_ssl USERNAME=u", "SEXTANT_KAFKA_PASSWORD_FILE: expected a value, because SEXTANT_KAFKA_SECURITY is sasl_ssl"),
        ("SECURITY=sasl_plaintext PASSWORD_FILE=password", "SEXTANT_KAFKA_USERNAME: expected a value"),
        ("USERNAME=u", "SEXTANT_KAFKA_USERNAME: expected nothing, because SEXTANT_KAFKA_SECURITY is plaintext, was 'u'"),
        ("CA_FILE=crt", "SEXTANT_KAFKA_CA_FILE: expected nothing"),
        ("SECURITY=sasl_plaintext USERNAME=u PASSWORD_FILE=password CERT_FILE=crt", "SEXTANT_KAFKA_CERT_FILE: expected nothing"),
        ("SECURITY=ssl CERT_FILE=crt", "SEXTANT_KAFKA_KEY_FILE: expected a file"),
        ("SECURITY=ssl KEY_FILE=key", "SEXTANT_KAFKA_CERT_FILE: expected a file"),
        ("SECURITY=ssl CA_FILE=/nowhere/ca.crt", "SEXTANT_KAFKA_CA_FILE: expected PEM files that this process may read"),
        ("SECURITY=ssl CA_FILE=password", "SEXTANT_KAFKA_CA_FILE: expected PEM files"),
        ("SECURITY=sasl_ssl USERNAME=u PASSWORD_FILE=/nowhere/p", "SEXTANT_KAFKA_PASSWORD_FILE: expected a file that holds the password, was '/nowhere/p'"),
        (f"SECURITY=sasl_ssl USERNAME=u PASSWORD_FILE={os.devnull}", "SEXTANT_KAFKA_PASSWORD_FILE: expected a password in '/dev/null', which is empty"),
        ("SECURITY=sasl_ssl USERNAME=u PASSWORD_FILE=password MECHANISM=MD5", "SEXTANT_KAFKA_MECHANISM: .*was 'MD5'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_named(words: str, expected: str, files: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid, match=expected) as refused:
        security_of(told(files, words))
    assert "much secret" not in str(refused.value)


def test_a_service_takes_the_same_variables(files: dict[str, str]) -> None:
    words = "SECURITY=sasl_ssl CA_FILE=crt USERNAME=u PASSWORD_FILE=password"
    process = load_process({"SEXTANT_CONFIG": "x.yaml", "SEXTANT_KAFKA": "h:1", **told(files, words)})
    assert process.security() == security_of(told(files, words))
    assert process.security().protocol is Protocol.SASL_SSL
    assert "much secret" not in process.model_dump_json()
