"""Frames as they came, kept until the journal takes them. `sextant_native.FrameJournal` stands in for it on the native path."""

from __future__ import annotations


class FrameJournal:
    """The frames of one connection that have not been taken."""

    __slots__ = ("_frames", "_stamps", "size")

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._stamps: list[int] = []
        #: Bytes of all frames.
        self.size = 0

    @property
    def count(self) -> int:
        return len(self._frames)

    def add(self, raw: bytes, receive_ns: int) -> None:
        self._frames.append(raw)
        self._stamps.append(receive_ns)
        self.size += len(raw)

    def take(self) -> tuple[bytes, list[int], list[int]]:
        """Return the frames one after the other, their lengths and their receive stamps, ns; and begin anew."""
        taken = b"".join(self._frames), [len(raw) for raw in self._frames], self._stamps
        self._frames, self._stamps, self.size = [], [], 0
        return taken
