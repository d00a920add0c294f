"""Signing as a client does it, written for the tests from the venue's documents."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.integration.simulator.venues import API_KEY, SECRET


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def signed(parameters: dict[str, Any]) -> str:
    """Return a query with timestamp and signature."""
    payload = urlencode({**parameters, "timestamp": parameters.get("timestamp", now_ms())})
    return f"{payload}&signature={_digest(payload)}"


def api_request(method: str, parameters: dict[str, Any], request_id: object = 1, sign: bool = True) -> str:
    """Return a WebSocket API request, signed over its parameters sorted by name."""
    if sign:
        parameters = {**parameters, "apiKey": API_KEY, "timestamp": now_ms()}
        payload = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
        parameters["signature"] = _digest(payload)
    return json.dumps({"id": request_id, "method": method, "params": parameters})


def ed25519_signature(key: Ed25519PrivateKey, payload: str) -> str:
    return base64.b64encode(key.sign(payload.encode())).decode()


def _digest(payload: str) -> str:
    return hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()
