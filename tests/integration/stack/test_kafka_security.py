"""A real broker that asks who comes: over TLS, with a login, with both; and what is said to whoever it does not let in."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sextant.bus.errors import BusUnavailable
from sextant.bus.kafka import KafkaBus
from sextant.bus.layout import TopicLayout
from sextant.bus.port import Outgoing, TopicPartition
from sextant.runtime.settings.kafka import security_of
from sextant.stack.jars import kafka_jars
from sextant.stack.java import java_command, run_java
from sextant.stack.kafka_classes import classes_option
from sextant.stack.kafka_settings import BrokerPorts, Listening, broker_settings, logging_settings
from sextant.stack.launch import Launch
from sextant.stack.ports import free_ports
from sextant.stack.probes import kafka_brokers
from sextant.stack.servers import Servers
from tests.support.certificates import Authority

CLUSTER, USER, PASSWORD = "c2V4dGFudC1zZWN1cml0eQ", "sextant", "login-of-the-test"
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
Variables = Mapping[str, str]


class SecureBroker:
    """One broker with a listener for each protocol; the one of TLS alone asks clients for a certificate too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.authority = Authority(folder)
        self._servers = Servers(folder, detached=False)
        *clients, self._controller = free_ports(len(PROTOCOLS) + 1)
        self.ports = dict(zip(PROTOCOLS, clients, strict=True))

    def start(self) -> None:
        settings, logging = self._folder / "server.properties", self._folder / "log4j2.properties"
        settings.write_text(self._settings())
        logging.write_text(logging_settings(self._folder / "full.log"))
        jars = kafka_jars(lambda line: None)
        login = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        weaker = f"SCRAM-SHA-256=[name={USER},password={PASSWORD}]"
        arguments = (
            "format",
            "-t",
            CLUSTER,
            "-c",
            str(settings),
            "--add-scram",
            login,
            "--add-scram",
            weaker,
        )
        options = classes_option(jars)
        done = run_java(
            java_command(jars, "kafka.tools.StorageTool", *arguments, heap_mb=128, options=options),
            seconds=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        options = (*options, f"-Dlog4j2.configurationFile={logging}")
        command = java_command(jars, "kafka.Kafka", str(settings), heap_mb=256, options=options)
        ports = (self.ports["PLAINTEXT"],)
        self._servers.start(Launch("kafka-1", command, self._folder, self._folder / "kafka.log", ports))
        self._servers.wait("kafka-1", lambda _, at: 1 in kafka_brokers("127.0.0.1", at[0], CLUSTER), 90)

    def close(self) -> None:
        self._servers.close()

    def _settings(self) -> str:
        ports = [BrokerPorts(self.ports["PLAINTEXT"], self._controller)]
        text = broker_settings(1, ports, self._folder / "data", disk_cap_mb=512, listening=Listening())
        addresses = [f"{protocol}://127.0.0.1:{port}" for protocol, port in self.ports.items()]
        broker = self.authority.sign("broker")
        both = self._folder / "broker.pem"
        both.write_bytes(broker.key.read_bytes() + broker.certificate.read_bytes())
        lines = {
            "listeners": ",".join([*addresses, f"CONTROLLER://127.0.0.1:{self._controller}"]),
            "advertised.listeners": ",".join(addresses),
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,"
            + ",".join(f"{protocol}:{protocol}" for protocol in PROTOCOLS),
            "inter.broker.listener.name": "PLAINTEXT",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": both,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.authority.file,
            "listener.name.ssl.ssl.client.auth": "required",
        }
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        for protocol in ("sasl_plaintext", "sasl_ssl"):
            for mechanism in ("scram-sha-512", "scram-sha-256"):
                lines[f"listener.name.{protocol}.{mechanism}.sasl.jaas.config"] = login
        # Of a key that stands twice, the last one counts.
        return text + "".join(f"{name}={value}\n" for name, value in lines.items())


@pytest.fixture(scope="module")
def broker() -> Iterator[SecureBroker]:
    with tempfile.TemporaryDirectory(prefix="sextant-secure-") as folder:
        broker = SecureBroker(Path(folder))
        try:
            broker.start()
            yield broker
        finally:
            broker.close()


@pytest.fixture
def files(broker: SecureBroker, tmp_path: Path) -> dict[str, str]:
    """What a client of this cluster is given, by the words that tests use."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    (tmp_path / "wrong").write_text("guessed\n")
    own = Authority(tmp_path, "client-authority").sign("stranger")
    known = broker.authority.sign("client")
    return {
        "ca": str(broker.authority.file),
        "crt": str(known.certificate),
        "key": str(known.key),
        "stranger-ca": str(tmp_path / "client-authority.crt"),
        "stranger-crt": str(own.certificate),
        "stranger-key": str(own.key),
        "password": str(tmp_path / "password"),
        "wrong": str(tmp_path / "wrong"),
    }


def variables(broker: SecureBroker, files: dict[str, str], protocol: str, words: str) -> dict[str, str]:
    """The environment of a process from words such as `CA_FILE=ca`; the port is the one of the protocol."""
    pairs = (word.split("=") for word in words.split())
    said = {f"SEXTANT_KAFKA_{name}": files.get(value, value) for name, value in pairs}
    return {"SEXTANT_KAFKA": f"127.0.0.1:{broker.ports[protocol]}", **said}


LETS_IN = [
    ("SSL", "SECURITY=ssl CA_FILE=ca CERT_FILE=crt KEY_FILE=key"),
    ("SASL_PLAINTEXT", "SECURITY=sasl_plaintext USERNAME=sextant PASSWORD_FILE=password"),
    ("SASL_PLAINTEXT", "SECURITY=sasl_plaintext USERNAME=sextant PASSWORD_FILE=password MECHANISM=SCRAM-SHA-256"),
    ("SASL_SSL", "SECURITY=sasl_ssl CA_FILE=ca USERNAME=sextant PASSWORD_FILE=password"),
]  # fmt: skip
KEEPS_OUT = [
    ("SSL", "SECURITY=ssl CA_FILE=ca"),  # without a certificate of its own
    ("SSL", "SECURITY=ssl CA_FILE=ca CERT_FILE=stranger-crt KEY_FILE=stranger-key"),
    ("SASL_PLAINTEXT", "SECURITY=sasl_plaintext USERNAME=sextant PASSWORD_FILE=wrong"),
    ("SASL_PLAINTEXT", "SECURITY=sasl_plaintext USERNAME=nobody PASSWORD_FILE=password"),
    ("SASL_SSL", "SECURITY=sasl_ssl CA_FILE=stranger-ca USERNAME=sextant PASSWORD_FILE=password"),
    ("SASL_SSL", "SECURITY=sasl_plaintext USERNAME=sextant PASSWORD_FILE=password"),
    ("SASL_PLAINTEXT", ""),
]


def bus_of(told: Variables, **patience: float) -> KafkaBus:
    return KafkaBus(told["SEXTANT_KAFKA"], client_id="secure", security=security_of(told), **patience)  # type: ignore[arg-type]  # of the two patiences only


@pytest.mark.parametrize(("protocol", "words"), LETS_IN)
async def test_every_client_of_a_bus_gets_in_and_records_come_back(
    broker: SecureBroker, files: dict[str, str], protocol: str, words: str
) -> None:
    bus = await bus_of(variables(broker, files, protocol, words)).start()
    try:
        topic = f"secure.{protocol.lower()}.{len(words)}"
        await bus.create_topics([TopicLayout(topic, 1, None)])
        await bus.producer().send([Outgoing(topic, 0, b"key", b"value", {})])
        (record,) = await bus.read(TopicPartition(topic, 0))
        assert record.value == b"value"
        reader = await bus.broadcast([topic])
        assert reader is not None
    finally:
        await bus.stop()


@pytest.mark.parametrize(("protocol", "words"), KEEPS_OUT)
async def test_whoever_the_broker_does_not_know_gets_a_sentence(
    broker: SecureBroker, files: dict[str, str], protocol: str, words: str
) -> None:
    told = variables(broker, files, protocol, words)
    bus = bus_of(told, connect_timeout_s=1.0, delivery_timeout_s=1.0)
    try:
        with pytest.raises(BusUnavailable, match=told["SEXTANT_KAFKA"]) as refused:
            await bus.start()
        assert PASSWORD not in str(refused.value)
    finally:
        await bus.stop()


def command(told: Variables) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sextant.cli.main", "workers", "--json"],
        env={"PATH": os.environ["PATH"], **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_command_takes_the_variables_of_services(broker: SecureBroker, files: dict[str, str]) -> None:
    told = variables(broker, files, *LETS_IN[-1])
    done = command(told)
    assert done.returncode == 0, done.stderr
    del told["SEXTANT_KAFKA_PASSWORD_FILE"]
    done = command(told)
    assert done.returncode == 2
    assert done.stderr.startswith("error: SEXTANT_KAFKA_PASSWORD_FILE: expected a value")
