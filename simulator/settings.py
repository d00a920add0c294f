"""What a simulated venue reads from files: API keys, and the accounts' opening balances and fees."""

from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from simulator.binance.signing import ApiKey, Ed25519Verifier, HmacVerifier, KeyRing

DEFAULT_ACCOUNT = "main"

Content = TypeVar("Content")


class KeyEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One API key: either an HMAC secret or an Ed25519 public key in PEM."""

    api_key: str
    account: str = DEFAULT_ACCOUNT
    secret: str | None = None
    public_key: str | None = None

    def __post_init__(self) -> None:
        if not self.api_key:
            raise ValueError("api_key: expected a text that is not empty")
        if (self.secret is None) == (self.public_key is None):
            raise ValueError(f"{self.api_key}: expected either secret or public_key")

    def key(self) -> ApiKey:
        if self.public_key is not None:
            return ApiKey(self.api_key, self.account, Ed25519Verifier(self.public_key))
        return ApiKey(self.api_key, self.account, HmacVerifier((self.secret or "").encode()))


class AccountEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Opening balances by asset, and fees as fractions of the received asset; no fee means the venue's standard."""

    balances: dict[str, Decimal] = {}
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None


def read_keys(path: Path) -> KeyRing:
    """Read a JSON or YAML list of keys. Raises ValueError that names the file and the field, never the secret."""
    return KeyRing([entry.key() for entry in _read(path, list[KeyEntry])])


def read_accounts(path: Path) -> dict[str, AccountEntry]:
    """Read a JSON or YAML mapping of account names to their balances and fees. Raises ValueError."""
    return _read(path, dict[str, AccountEntry])


def _read(path: Path, kind: type[Content]) -> Content:
    # YAML reads JSON too. Amounts should be quoted: an unquoted one has been a float already.
    try:
        return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), kind)
    except OSError as error:
        raise ValueError(f"{path}: expected a readable file, was {error.strerror}") from error
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        # A parser quotes the line it stopped at, which may hold a secret.
        reason = "expected YAML or JSON" if isinstance(error, yaml.YAMLError) else str(error)
        raise ValueError(f"{path}: {reason}") from None
