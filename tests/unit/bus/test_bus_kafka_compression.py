"""Batches by contexts that are kept: read by everybody, readable from everybody, and cut ones are told from whole ones."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import aiokafka.codec
import cramjam
import pytest
import zstandard
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from sextant.bus.kafka import compression
from sextant.bus.kafka.compression import compress, decompress

_ZSTD = 4


def streamed(payload: bytes) -> bytes:
    """As other clients compress: a frame that does not state its size."""
    context = zstandard.ZstdCompressor().compressobj()
    return context.compress(payload) + context.flush()


@given(st.binary(max_size=5_000), st.integers(1, 50))
def test_what_was_written_is_read_by_others_and_what_others_wrote_by_us(block: bytes, times: int) -> None:
    payload = block * times
    assert bytes(cramjam.zstd.decompress(compress(payload))) == payload
    assert decompress(compress(payload)) == payload
    assert decompress(bytes(cramjam.zstd.compress(payload))) == payload
    assert decompress(streamed(payload)) == payload


@given(st.lists(st.binary(min_size=1, max_size=500), min_size=2, max_size=4), st.booleans())
def test_several_frames_are_one_payload(parts: list[bytes], is_streamed: bool) -> None:
    frames = [streamed(part) if is_streamed else compress(part) for part in parts]
    assert decompress(b"".join(frames)) == b"".join(parts)


@pytest.mark.parametrize("make", [compress, streamed])
@given(payload=st.binary(min_size=1, max_size=500), data=st.data())
def test_a_cut_frame_is_an_error_and_never_a_shorter_payload(
    make: Callable[[bytes], bytes], payload: bytes, data: st.DataObject
) -> None:
    whole = make(payload)
    with pytest.raises(zstandard.ZstdError):
        decompress(whole[: data.draw(st.integers(1, len(whole) - 1))])


def test_a_frame_that_claims_too_much_is_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "_MOST_CLAIMED", 10)
    assert decompress(compress(b"x" * 1_000)) == b"x" * 1_000


def test_threads_do_not_share_a_context() -> None:
    payloads = [bytes([number]) * 300_000 for number in range(32)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda payload: decompress(compress(payload)), payloads)) == payloads


def test_the_client_uses_it_for_its_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (aiokafka.codec.zstd_encode, aiokafka.codec.zstd_decode) == (compress, decompress)
    builder = DefaultRecordBatchBuilder(2, _ZSTD, 0, -1, -1, -1, 1_000_000)
    for offset in range(20):
        builder.append(offset, 1, b"key", b"value" * 50, [])
    batch = bytes(builder.build())
    assert zstandard.frame_content_size(batch[61:]) > 5_000, "a frame of ours states its size"
    read = MemoryRecords(batch).next_batch()
    assert [record.value for record in read] == [b"value" * 50] * 20
