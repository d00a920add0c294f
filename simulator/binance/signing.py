"""Who asks: API keys, signatures over the string that arrived, and the age of a request."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol
from urllib.parse import unquote

from simulator.binance.errors import BinanceError, illegal_characters, missing

DEFAULT_RECEIVE_WINDOW_MS = Decimal(5000)
MAX_RECEIVE_WINDOW_MS = 60_000
MAX_AHEAD_MS = 1000
# Timestamps at or above this are microseconds: as milliseconds they would lie in the year 5138.
_MICROSECONDS_FROM = 100_000_000_000_000


class Verifier(Protocol):
    @property
    def can_log_on(self) -> bool:
        """Whether the venue lets keys of this kind open a session on the WebSocket API."""
        ...

    def accepts(self, payload: bytes, signature: str) -> bool: ...


@dataclass(frozen=True, slots=True, repr=False)
class HmacVerifier:
    """HMAC-SHA256 in hexadecimal, upper or lower case."""

    secret: bytes
    can_log_on: bool = False

    def accepts(self, payload: bytes, signature: str) -> bool:
        expected = hmac.new(self.secret, payload, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), signature.lower().encode())


class Ed25519Verifier:
    """Ed25519 in base64 against a public key in PEM. Needs the `cryptography` package, which the demo extra brings."""

    can_log_on = True

    def __init__(self, public_key_pem: str) -> None:
        # Imported here because keys of this kind are an option and the package is not among the simulator's own.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        key = load_pem_public_key(public_key_pem.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError(f"public_key: expected an Ed25519 key in PEM, was {type(key).__name__}")
        self._key = key
        self._invalid = InvalidSignature

    def accepts(self, payload: bytes, signature: str) -> bool:
        try:
            self._key.verify(base64.b64decode(signature, validate=True), payload)
        except (self._invalid, binascii.Error, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class ApiKey:
    api_key: str
    account: str
    verifier: Verifier


class KeyRing:
    """The API keys of a venue."""

    def __init__(self, keys: list[ApiKey]) -> None:
        self._keys = {key.api_key: key for key in keys}

    def accounts(self) -> list[str]:
        return sorted({key.account for key in self._keys.values()})

    def find(self, api_key: str | None) -> ApiKey:
        """Return a known key. Raises BinanceError -2014 for none and -2015 for an unknown one."""
        if not api_key:
            raise BinanceError(-2014, "API-key format invalid.", 401)
        key = self._keys.get(api_key)
        if key is None:
            raise BinanceError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        return key


def check_signature(key: ApiKey, payload: str, signature: str | None) -> None:
    """Raise BinanceError unless the signature fits the payload exactly as it was sent."""
    if not signature:
        raise missing("signature")
    if not key.verifier.accepts(payload.encode(), signature):
        raise BinanceError(-1022, "Signature for this request is not valid.")


def check_age(parameters: Mapping[str, str], now_ns: int) -> None:
    """Accept iff timestamp < now + 1000 ms and now - timestamp <= recvWindow; else raise BinanceError -1021."""
    timestamp = _timestamp_ms(parameters)
    window = _receive_window_ms(parameters)
    now_ms = Decimal(now_ns) / 1_000_000
    if timestamp >= now_ms + MAX_AHEAD_MS:
        raise BinanceError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - timestamp > window:
        raise BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")


def unsigned(raw: str) -> tuple[str, str | None]:
    """Split a query or form text into what was signed and the decoded signature, if this text carries one."""
    parts = raw.split("&") if raw else []
    signatures = [part for part in parts if part.startswith("signature=")]
    kept = "&".join(part for part in parts if not part.startswith("signature="))
    return kept, unquote(signatures[-1].partition("=")[2]) if signatures else None


def _timestamp_ms(parameters: Mapping[str, str]) -> Decimal:
    text = parameters.get("timestamp", "")
    if not text:
        raise missing("timestamp")
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise illegal_characters("timestamp", "^[0-9]{1,20}$")
    value = int(text)
    return Decimal(value) / 1000 if value >= _MICROSECONDS_FROM else Decimal(value)


def _receive_window_ms(parameters: Mapping[str, str]) -> Decimal:
    text = parameters.get("recvWindow")
    if text is None:
        return DEFAULT_RECEIVE_WINDOW_MS
    try:
        window = Decimal(text)
    except InvalidOperation:
        raise illegal_characters("recvWindow", "^([0-9]{1,5})(\\.[0-9]{1,3})?$") from None
    if not window.is_finite() or window < 0:
        raise illegal_characters("recvWindow", "^([0-9]{1,5})(\\.[0-9]{1,3})?$")
    if window > MAX_RECEIVE_WINDOW_MS:
        raise BinanceError(-1131, "recvWindow must be less than 60000.")
    return window
