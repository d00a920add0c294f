"""What one process is told by its environment: every variable begins with SEXTANT_."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from sextant.runtime.settings.kafka import KafkaSettings

PREFIX = "SEXTANT_"


class Fault(StrEnum):
    """What a proof may switch off to show that its absence does harm; in mode sim only."""

    #: Records are handled however often they come.
    IDENTITY_OFF = "identity-off"
    #: A new owner of a partition begins where the group has committed, without the state of the owner before.
    RECOVERY_OFF = "recovery-off"


class Process(BaseSettings, KafkaSettings):
    """Environment of a service. Unknown SEXTANT_* variables are a start-up error (see load)."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    config: Path = Field(description="the platform's YAML")
    instance: str = Field(
        default="0", pattern=r"^[a-z0-9-]{1,16}$", description="name of this instance of the service"
    )
    region: str = Field(default="local", pattern=r"^[a-z0-9-]{1,16}$", description="region it runs in")
    postgres: SecretStr = Field(default=SecretStr(""), description="Postgres DSN")
    postgres_file: Path | None = Field(
        default=None, description="file that holds the Postgres DSN; wins over POSTGRES"
    )
    health_host: str = Field(default="127.0.0.1", description="address of /health and /metrics")
    health_port: int = Field(
        default=0, ge=0, le=65535, description="port of /health and /metrics; 0 takes a free one"
    )
    port_file: Path | None = Field(default=None, description="file that receives the chosen ports as JSON")
    operator_host: str = Field(
        default="127.0.0.1",
        description="address of the operators' gRPC: execution's emergency door, which is not encrypted, and the console's operator API",
    )
    operator_port: int = Field(
        default=0, ge=0, le=65535, description="port of the operators' gRPC; 0 takes a free one"
    )
    operator_cert_file: Path | None = Field(
        default=None, description="certificate chain (PEM) of the operator API; without, it is not encrypted"
    )
    operator_key_file: Path | None = Field(
        default=None, description="key (PEM) of the operator API's certificate"
    )
    door: str = Field(
        default="",
        pattern=r"^([^\s:,/]+:[0-9]{1,5}(,[^\s:,/]+:[0-9]{1,5})*)?$",
        description="execution's emergency doors, host:port[,host:port]: the operator API sends FLAT ALL there first",
    )
    operator_token_file: Path | None = Field(
        default=None,
        description="file that holds the operators' secret, at least 16 bytes; the tokens of door and operator API and the key of signed commands are derived from it",
    )
    otlp_endpoint: str = Field(
        default="",
        repr=False,
        description="OTLP/HTTP endpoint for traces, such as http://collector:4318; may hold a password",
    )
    trace_file: Path | None = Field(
        default=None, description="file for OTLP JSON lines where no endpoint is set"
    )
    span_wait_s: float = Field(
        default=0.5, ge=0, le=5, description="longest that a commit waits for the export of its spans, s"
    )
    state_folder: Path | None = Field(
        default=None,
        description="where execution keeps what its emergency door did; required there, and nobody else may write it",
    )
    archive_folder: Path | None = Field(default=None, description="where archive writes Parquet")
    market_path: str = Field(
        default="auto",
        pattern=r"^(auto|native|pure)$",
        description="who reads market frames: auto takes the native module where it is installed",
    )
    log_level: str = Field(default="INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$", description="log level")
    log_format: str = Field(default="json", pattern=r"^(json|text)$", description="log format")
    drain_s: float = Field(default=8.0, gt=0, description="deadline of a clean shutdown, s")
    session_timeout_ms: int = Field(default=6_000, ge=500, description="consumer group session timeout, ms")
    snapshot_s: float = Field(default=10.0, gt=0, description="longest time between snapshots, s")
    snapshot_records: int = Field(default=10_000, ge=1, description="most records between snapshots")
    live_switch: str = Field(default="", description="must say the mode's second switch for live trading")
    faults: Annotated[frozenset[Fault], NoDecode] = Field(
        default=frozenset(), description="controls of proofs, in mode sim only, such as identity-off"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what load() hands over and nothing else: it has looked at the environment, and may be given another one."""
        return (init_settings,)

    def postgres_dsn(self) -> str:
        """Return the DSN; empty when none is configured."""
        if self.postgres_file is not None:
            return self.postgres_file.read_text(encoding="utf-8").strip()
        return self.postgres.get_secret_value()
