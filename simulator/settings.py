"""What a simulated venue is started with: its options, and the files of API keys and accounts."""

from decimal import Decimal
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from simulator.binance.signing import ApiKey, Ed25519Verifier, HmacVerifier, KeyRing

DEFAULT_ACCOUNT = "main"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class KeyEntry(_Strict):
    """One API key: either an HMAC secret or an Ed25519 public key in PEM."""

    api_key: str = Field(min_length=1)
    account: str = DEFAULT_ACCOUNT
    secret: str | None = Field(default=None, repr=False)
    public_key: str | None = None

    @model_validator(mode="after")
    def _has_one_way_to_sign(self) -> "KeyEntry":
        if (self.secret is None) == (self.public_key is None):
            raise ValueError(f"{self.api_key}: expected either secret or public_key")
        return self

    def key(self) -> ApiKey:
        verifier = (
            Ed25519Verifier(self.public_key)
            if self.public_key is not None
            else HmacVerifier((self.secret or "").encode())
        )
        return ApiKey(self.api_key, self.account, verifier)


class AccountEntry(_Strict):
    """Opening balances by asset, and fees as fractions of the received asset; no fee means the venue's standard."""

    balances: dict[str, Decimal] = {}
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None


def read_keys(path: Path) -> KeyRing:
    """Read a JSON or YAML list of keys. Raises ValueError that names the entry, never the secret."""
    entries = TypeAdapter(list[KeyEntry]).validate_python(_read(path))
    return KeyRing([entry.key() for entry in entries])


def read_accounts(path: Path) -> dict[str, AccountEntry]:
    """Read a JSON or YAML mapping of account names to their balances and fees. Raises ValueError."""
    return TypeAdapter(dict[str, AccountEntry]).validate_python(_read(path))


def _read(path: Path) -> object:
    # YAML reads JSON too. Amounts should be quoted: an unquoted one has been a float already.
    return yaml.safe_load(path.read_text(encoding="utf-8"))
