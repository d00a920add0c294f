"""When a certificate ends: read from its file, so that one that was replaced counts at once."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sextant.core.errors import InvalidValue

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
# Tags of the encoding (ITU-T X.690) and of the fields that stand before the validity of a certificate (RFC 5280, section 4.1).
_SEQUENCE, _INTEGER, _VERSION, _UTC_TIME, _TIME = 0x30, 0x02, 0xA0, 0x17, 0x18
_BEFORE_VALIDITY: Final = (_INTEGER, _SEQUENCE, _SEQUENCE)


def expires_s(file: Path) -> float:
    """Return when the first certificate of a PEM file to end does so, s since the epoch. Raises OSError, InvalidValue."""
    found = _PEM.findall(file.read_text(encoding="ascii", errors="replace"))
    if not found:
        raise InvalidValue(f"certificate {file.name}", "no certificate", "a PEM file with at least one")
    return min(_not_after(ssl.PEM_cert_to_DER_cert(pem), file.name) for pem in found)


def _not_after(der: bytes, name: str) -> float:
    try:
        ((_, certificate),) = _fields(der)
        fields = _fields(next(_fields(certificate))[1])
        tag, body = next(fields)
        if tag == _VERSION:
            tag, body = next(fields)
        for expected in _BEFORE_VALIDITY:
            if tag != expected:
                raise ValueError(f"tag {tag:#x} in place of {expected:#x}")
            tag, body = next(fields)
        _, (kind, text) = _fields(body)
        form = {_UTC_TIME: "%y%m%d%H%M%SZ", _TIME: "%Y%m%d%H%M%SZ"}[kind]
        return datetime.strptime(text.decode("ascii"), form).replace(tzinfo=UTC).timestamp()
    except (ValueError, KeyError, IndexError, StopIteration) as error:
        raise InvalidValue(f"certificate {name}", repr(error), "an X.509 certificate") from error


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each field."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise ValueError(f"a field of {length} bytes ends behind the data")
        yield tag, data[at : at + length]
        at += length
