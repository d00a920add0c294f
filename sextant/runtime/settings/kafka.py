"""What a process is told of the log: where the brokers are and how it proves who it is. A wrong combination names the variable."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field, ValidationError

from sextant.bus.kafka.security import Mechanism, Protocol, Security
from sextant.core.errors import SettingsInvalid

_PREFIX: Final = "SEXTANT_"


class KafkaSettings(BaseModel):
    """The variables of the log, which services and the command share."""

    kafka: str = Field(default="", description="bootstrap servers, host:port[,host:port]")
    kafka_security: Protocol = Field(
        default=Protocol.PLAINTEXT,
        description="how brokers are spoken to: plaintext, ssl, sasl_plaintext or sasl_ssl",
    )
    kafka_ca_file: Path | None = Field(
        default=None,
        description="certificates (PEM) of who may sign the brokers'; by default those of the system",
    )
    kafka_cert_file: Path | None = Field(
        default=None, description="own certificate (PEM), where brokers ask for one"
    )
    kafka_key_file: Path | None = Field(
        default=None, description="private key (PEM, not encrypted) of the own certificate"
    )
    kafka_mechanism: Mechanism = Field(
        default=Mechanism.SCRAM_SHA_512,
        description="how SASL logs in: SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN",
    )
    kafka_username: str = Field(default="", description="user of SASL")
    kafka_password_file: Path | None = Field(default=None, description="file that holds the password of SASL")

    def security(self) -> Security:
        """Return what every client of the cluster is given. Raises SettingsInvalid that names the variable; no secret is shown."""
        protocol = self.kafka_security
        login = {"KAFKA_USERNAME": self.kafka_username, "KAFKA_PASSWORD_FILE": self.kafka_password_file}
        files = {
            "KAFKA_CA_FILE": self.kafka_ca_file,
            "KAFKA_CERT_FILE": self.kafka_cert_file,
            "KAFKA_KEY_FILE": self.kafka_key_file,
        }
        for name, value in login.items():
            if bool(value) != protocol.has_login:
                raise _misfit(name, value, protocol, is_needed=protocol.has_login)
        for name, value in files.items():
            if value is not None and not protocol.is_encrypted:
                raise _misfit(name, value, protocol, is_needed=False)
        if (self.kafka_cert_file is None) != (self.kafka_key_file is None):
            missing = "KAFKA_KEY_FILE" if self.kafka_key_file is None else "KAFKA_CERT_FILE"
            raise SettingsInvalid(
                f"{_PREFIX}{missing}: expected a file, because a certificate and its key go together, was nothing"
            )
        security = Security(
            protocol=protocol,
            **{name.removeprefix("KAFKA_").lower(): value for name, value in files.items()},
            mechanism=self.kafka_mechanism,
            username=self.kafka_username,
            password=self._password(),
        )
        try:
            security.arguments()
        except (OSError, ssl.SSLError) as error:
            named = ", ".join(f"{_PREFIX}{name}" for name, value in files.items() if value is not None)
            raise SettingsInvalid(
                f"{named}: expected PEM files that this process may read: {error}"
            ) from error
        return security

    def _password(self) -> str:
        file = self.kafka_password_file
        if file is None:
            return ""
        try:
            password = file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsInvalid(
                f"{_PREFIX}KAFKA_PASSWORD_FILE: expected a file that holds the password, was {str(file)!r}: {error}"
            ) from error
        if not password:
            raise SettingsInvalid(
                f"{_PREFIX}KAFKA_PASSWORD_FILE: expected a password in {str(file)!r}, which is empty"
            )
        return password


def security_of(environment: Mapping[str, str] | None = None) -> Security:
    """Return what the environment says, for a command that reads no other setting. Raises SettingsInvalid."""
    variables = os.environ if environment is None else environment
    known = {f"{_PREFIX}{name.upper()}": name for name in KafkaSettings.model_fields}
    values = {known[name]: value for name, value in variables.items() if name in known}
    try:
        return KafkaSettings.model_validate(values).security()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = f"{_PREFIX}{str(wrong['loc'][0]).upper()}"
        raise SettingsInvalid(f"{name}: {wrong['msg']}, was {wrong['input']!r}") from error


def _misfit(name: str, value: object, protocol: Protocol, *, is_needed: bool) -> SettingsInvalid:
    expected = "a value" if is_needed else "nothing"
    was = repr(str(value)) if value else "nothing"
    return SettingsInvalid(
        f"{_PREFIX}{name}: expected {expected}, because {_PREFIX}KAFKA_SECURITY is {protocol.value}, was {was}"
    )
