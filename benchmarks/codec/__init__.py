"""Columnar batches against one protobuf message an event: the same events, encode, decode, bytes."""
