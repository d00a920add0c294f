"""Deterministic identity: every record has `record_id = H(root, stage, key, ordinals)`.

A root is where a chain of records began: a venue stream's sequence, or the log position of a `market.events` record.
Whatever is computed from a record keeps its root and appends its own ordinal to the path, so that redelivery, restart
and the other topology give the same ids.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from functools import lru_cache
from typing import Final, NamedTuple

from sextant.core.errors import InvalidValue

_HEAD: Final = struct.Struct(">BQQ")
_MAX_SOURCE: Final = 255
_ORDINAL_BYTES: Final = 2


class Root(NamedTuple):
    """Where a chain of records began. Ordered inside one source by (epoch, sequence).

    A named tuple, as all values are that are made several times for each record: a frozen dataclass takes five times as long to make.
    """

    source: str
    epoch: int
    sequence: int

    @classmethod
    def at(cls, topic: str, partition: int, offset: int) -> Root:
        """Return the root that a log position stands for."""
        return cls(f"{topic}/{partition}", 0, offset)


class Identity(NamedTuple):
    """Root and path of a record: what it is, wherever and however often it is delivered."""

    root: Root
    path: bytes = b""

    @property
    def order(self) -> tuple[int, int, bytes]:
        """Grows along every partition for records of one root source."""
        return (self.root.epoch, self.root.sequence, self.path)

    def child(self, ordinal: int) -> Identity:
        """Return the identity of the `ordinal`-th output (from 0) that a stage makes of this record."""
        if not 0 <= ordinal < 0xFFFF:
            raise InvalidValue("ordinal", str(ordinal), "0 to 65534 outputs of one record")
        return Identity(self.root, self.path + ordinal.to_bytes(_ORDINAL_BYTES, "big"))

    def encode(self) -> bytes:
        """Return the header. Raises InvalidValue when the root's source takes more than 255 bytes."""
        source = self.root.source.encode()
        if len(source) > _MAX_SOURCE:
            raise InvalidValue("root source", self.root.source, f"at most {_MAX_SOURCE} bytes")
        return _HEAD.pack(len(source), self.root.epoch, self.root.sequence) + source + self.path

    @classmethod
    def decode(cls, data: bytes) -> Identity:
        """Raises InvalidValue when `data` is not what encode() wrote."""
        if len(data) < _HEAD.size or len(data) < _HEAD.size + data[0]:
            raise InvalidValue("identity header", data.hex(), "at least 17 bytes and the source")
        length, epoch, sequence = _HEAD.unpack_from(data)
        end = _HEAD.size + length
        if (len(data) - end) % _ORDINAL_BYTES:
            raise InvalidValue("identity header", data.hex(), f"a path of {_ORDINAL_BYTES} bytes an ordinal")
        try:
            source = data[_HEAD.size : end].decode()
        except UnicodeDecodeError as error:
            raise InvalidValue("identity header", data.hex(), "a source in UTF-8") from error
        return cls(Root(source, epoch, sequence), data[end:])


def record_id(identity: Identity, stage: str, key: str) -> str:
    """Return the id of a record as 32 hex characters."""
    digest = hashlib.blake2b(digest_size=16, person=b"sextant.record")
    for part in (identity.encode(), stage.encode(), key.encode()):
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()


def client_order_id(intent_id: str, leg: int = 0) -> str:
    """Return an order id valid on every venue: 18 characters of [a-z0-9], a function of the intent alone.

    Six venues take 1 to 18 characters of this alphabet; a retry of the same intent is the same order.
    """
    digest = hashlib.blake2b(f"{intent_id}/{leg}".encode(), digest_size=10, person=b"sextant.order").digest()
    return "sx" + base64.b32encode(digest).decode().lower()


@lru_cache(maxsize=256)
def trace_id(root: Root) -> bytes:
    """Return the 16 bytes of the trace that everything with this root belongs to."""
    return hashlib.blake2b(Identity(root).encode(), digest_size=16, person=b"sextant.trace").digest()


def span_id(root: Root, stage: str, path: bytes = b"") -> bytes:
    """Return the 8 bytes of the span in which `stage` made the record with `path`; redelivery gives the same one."""
    return hashlib.blake2b(
        Identity(root, path).encode() + stage.encode(), digest_size=8, person=b"sextant.span"
    ).digest()
