"""Signatures of Binance requests: HMAC-SHA256 over the percent-encoded parameters (REST) or the sorted ones (WebSocket API).

Source: the venue's document "Request security"; values are percent-encoded before they are signed (enforced since 2026-01-15).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sextant.core.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key and its secret; neither shows in a representation."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.api_key or not self.secret:
            raise InvalidValue("credentials", "an empty key or secret", "both, not empty")


def signature(secret: str, payload: str) -> str:
    """Return the HMAC-SHA256 of a payload in lower-case hex."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def signed_query(credentials: Credentials, parameters: Mapping[str, str]) -> str:
    """Return the query string of a REST call, parameters in their order, signature last."""
    query = urlencode(parameters)
    return f"{query}&signature={signature(credentials.secret, query)}"


def signed_parameters(credentials: Credentials, parameters: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return the parameters of a WebSocket API call with key and signature: all sorted by name, not encoded."""
    complete: dict[str, str | int] = {**parameters, "apiKey": credentials.api_key}
    payload = "&".join(f"{name}={complete[name]}" for name in sorted(complete))
    return {**complete, "signature": signature(credentials.secret, payload)}
