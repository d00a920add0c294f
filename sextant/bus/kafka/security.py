"""How clients of a Kafka cluster prove who they are and know whom they talk to: nothing, TLS, SASL, or SASL over TLS."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final


class Protocol(StrEnum):
    """What a listener of the broker speaks, by Kafka's own names in small letters."""

    PLAINTEXT = "plaintext"
    SSL = "ssl"
    SASL_PLAINTEXT = "sasl_plaintext"
    SASL_SSL = "sasl_ssl"

    @property
    def is_encrypted(self) -> bool:
        return self in (Protocol.SSL, Protocol.SASL_SSL)

    @property
    def has_login(self) -> bool:
        return self in (Protocol.SASL_PLAINTEXT, Protocol.SASL_SSL)


class Mechanism(StrEnum):
    """How SASL proves that a user knows the password; PLAIN sends it."""

    SCRAM_SHA_512 = "SCRAM-SHA-512"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    PLAIN = "PLAIN"


@dataclass(frozen=True, slots=True)
class Security:
    """What every connection to the brokers of one cluster has in common. With TLS, the broker's certificate must name its host.

    `ca_file` holds the certificates of those who may sign the brokers'; without one the system's are trusted. `cert_file` and `key_file`
    prove this client to brokers that ask for it. All are PEM.
    """

    protocol: Protocol = Protocol.PLAINTEXT
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    mechanism: Mechanism = Mechanism.SCRAM_SHA_512
    username: str = ""
    password: str = field(default="", repr=False)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of a client of aiokafka. Raises OSError (ssl.SSLError is one) for files that cannot be used."""
        given: dict[str, Any] = {}
        if self.protocol is not Protocol.PLAINTEXT:
            given["security_protocol"] = self.protocol.value.upper()
        if self.protocol.is_encrypted:
            given["ssl_context"] = self._context()
        if self.protocol.has_login:
            given |= {
                "sasl_mechanism": self.mechanism.value,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return given

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.cert_file is not None:
            context.load_cert_chain(self.cert_file, self.key_file)
        return context


#: Neither a login nor a secret wire: a cluster on the loopback, or in a network of its own.
OPEN: Final = Security()
