"""zstd for aiokafka with contexts that are kept.

aiokafka compresses and decompresses each batch as a stream of unknown length in a new context, and a context of its default level is a few
MB: for our batches of some KB most of the time went into making it (docs/adr/0011-aiokafka-in-place.md).
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any, Final

import aiokafka.codec
import aiokafka.record.default_records
import zstandard

#: On recorded frames the fastest level gives no more bytes than Kafka's default of 3, and on large batches fewer.
_LEVEL: Final = 1
#: A batch that claims to be larger than this is read piece by piece, bytes.
_MOST_CLAIMED: Final = 64 * 1024 * 1024


class _Contexts(threading.local):
    """A thread's own: a context serves one call at a time."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_contexts = _Contexts()


def compress(payload: bytes | bytearray | memoryview, level: int | None = None) -> bytes:
    """Return one zstd frame that states its size. `level` is what aiokafka may ask for, and is ignored."""
    return _contexts.compressor.compress(payload)


def decompress(payload: bytes | bytearray | memoryview) -> bytes:
    """Return what the zstd frames of any client hold. Raises zstandard.ZstdError for anything else, and for a frame that is cut off."""
    decompressor = _contexts.decompressor
    if 0 <= zstandard.frame_content_size(payload) <= _MOST_CLAIMED:
        with contextlib.suppress(zstandard.ZstdError):
            return decompressor.decompress(payload, allow_extra_data=False)
    held: list[bytes] = []
    rest = bytes(payload)
    while rest:
        frame = decompressor.decompressobj()
        held.append(frame.decompress(rest))
        if not frame.eof:
            raise zstandard.ZstdError("a zstd frame is cut off")
        rest = frame.unused_data
    return b"".join(held)


def use_compression() -> None:
    """Let every client of this process compress by this module: aiokafka takes no codec as an argument."""
    modules: list[Any] = [aiokafka.codec, aiokafka.record.default_records]
    try:
        from aiokafka.record._crecords import default_records

        modules.append(default_records)
    except ImportError:
        pass  # the pure form of aiokafka
    for module in modules:
        module.zstd_encode, module.zstd_decode = compress, decompress
