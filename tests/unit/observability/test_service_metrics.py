"""What every process shows of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from prometheus_client import CollectorRegistry

from sextant.core.errors import InvalidValue
from sextant.core.time import SECOND, SettableClock
from sextant.runtime.health import Health
from sextant.runtime.metrics import Identity, ServiceMetrics
from sextant.telemetry.certificates import expires_s

END = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)


def certificate(end: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(end - timedelta(days=90)).not_valid_after(end)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def metrics(identity: Identity) -> tuple[CollectorRegistry, Health, SettableClock]:
    registry, clock = CollectorRegistry(), SettableClock(1_700_000_000 * SECOND)
    health = Health(clock)
    ServiceMetrics(registry, identity, health, clock)
    return registry, health, clock


@pytest.mark.parametrize("year", [2031, 2051])
def test_the_certificate_that_ends_first_counts_in_either_form_of_time(tmp_path: Path, year: int) -> None:
    end, file = END.replace(year=year), tmp_path / "chain.pem"
    file.write_bytes(b"a comment\n" + certificate(end + timedelta(days=3)) + certificate(end))
    assert expires_s(file) == end.timestamp()


def test_a_file_that_holds_no_certificate_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing")
    with pytest.raises(InvalidValue, match=r"ca\.pem"):
        expires_s(file)
    file.write_text("-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n")
    with pytest.raises(InvalidValue, match=r"ca\.pem"):
        expires_s(file)


def test_a_certificate_shows_its_end_and_an_unreadable_one_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "cert.pem"
    registry, _, _ = metrics(
        Identity("risk", certificates={"kafka_cert": file, "kafka_ca": tmp_path / "missing.pem"})
    )
    file.write_bytes(certificate(END))
    name = "sextant_certificate_expiry_timestamp_seconds"
    assert registry.get_sample_value(name, {"stage": "risk", "certificate": "kafka_cert"}) == END.timestamp()
    assert registry.get_sample_value(name, {"stage": "risk", "certificate": "kafka_ca"}) == 0


def test_a_loop_that_stands_still_lets_its_heartbeat_age_while_metrics_are_served() -> None:
    registry, health, clock = metrics(Identity("risk"))
    health.beat()
    begun = clock.wall_ns() / SECOND
    clock.advance(20 * SECOND)
    beat = registry.get_sample_value("sextant_heartbeat_timestamp_seconds", {"stage": "risk"})
    assert beat == pytest.approx(begun)


def test_readiness_and_each_check_are_shown() -> None:
    registry, health, _ = metrics(Identity("risk"))
    assert registry.get_sample_value("sextant_ready", {"stage": "risk"}) == 0
    health.set("kafka", True)
    assert registry.get_sample_value("sextant_ready", {"stage": "risk"}) == 1
    health.set("partition/3", False, "halted")
    assert registry.get_sample_value("sextant_ready", {"stage": "risk"}) == 0
    assert registry.get_sample_value("sextant_check", {"stage": "risk", "check": "partition/3"}) == 0


def test_a_folder_that_is_not_there_yet_is_passed_over(tmp_path: Path) -> None:
    registry, _, _ = metrics(Identity("archive", folders={"archive": tmp_path, "state": tmp_path / "later"}))
    name = "sextant_disk_free_bytes"
    assert (registry.get_sample_value(name, {"stage": "archive", "folder": "archive"}) or 0) > 0
    assert registry.get_sample_value(name, {"stage": "archive", "folder": "state"}) is None
