"""Keys and signatures of operator commands: HMAC-SHA256 over the command's canonical bytes, which the caller provides."""

from __future__ import annotations

import hashlib
import hmac

from sextant.core.errors import InvalidValue


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Return the 32 bytes that `secret` stands for in one use; another use's key cannot be computed from it.

    HKDF-SHA256 (RFC 5869) without salt, one block. Raises InvalidValue without a secret.
    """
    if not secret:
        raise InvalidValue("operator secret", "nothing", "at least one byte")
    extracted = hmac.new(bytes(hashlib.sha256().digest_size), secret, hashlib.sha256).digest()
    return hmac.new(extracted, purpose.encode() + b"\x01", hashlib.sha256).digest()


def sign_command(key: bytes, canonical: bytes) -> bytes:
    """Return the 32 bytes that prove that somebody who holds `key` gave the command. Raises InvalidValue without a key."""
    if not key:
        raise InvalidValue("operator key", "nothing", "at least one byte")
    return hmac.new(key, canonical, hashlib.sha256).digest()


def is_signed(key: bytes | None, canonical: bytes, signature: bytes) -> bool:
    """Return whether `signature` is the one for these bytes; without a key nothing counts as signed."""
    return bool(key) and hmac.compare_digest(sign_command(key or b"", canonical), signature)
