"""Faults on demand: lost requests, lost and late replies, and market frames that are doubled, reordered, cut or nonsense."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OVERSIZE_BYTES = 20 * 1024 * 1024


@dataclass(slots=True)
class FrameFault:
    """Spoils every `every`-th market frame until it has done so `count` times."""

    kind: str
    every: int
    count: int
    seen: int = 0

    def is_due(self) -> bool:
        self.seen += 1
        if self.count <= 0 or self.seen % self.every:
            return False
        self.count -= 1
        return True


class FrameFaults:
    """What happens to market frames on their way out; each connection keeps its own frame that waits its turn."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"frames/{seed}")
        self._faults: list[FrameFault] = []
        self.applied: Counter[str] = Counter()
        self._spoilers: dict[str, Callable[[bytes], Sequence[bytes]]] = {
            "duplicate": lambda frame: (frame, frame),
            "drop": lambda frame: (),
            "truncate": lambda frame: (frame[: self._random.randrange(1, len(frame))],),
            "garbage": lambda frame: (bytes(self._random.randrange(32, 127) for _ in range(len(frame))),),
            "wrong_types": lambda frame: (frame.replace(b'":"', b'":[1,"').replace(b'","', b'"],"'),),
            "oversize": lambda frame: (b'{"e":"' + b"x" * OVERSIZE_BYTES + b'"}',),
        }

    @property
    def kinds(self) -> list[str]:
        return ["out_of_order", *self._spoilers]

    @property
    def is_active(self) -> bool:
        return bool(self._faults)

    def add(self, kind: str, every: int, count: int) -> None:
        """Add a fault. Raises ValueError for an unknown kind or numbers below one."""
        if kind not in self.kinds:
            raise ValueError(f"kind: expected one of {self.kinds}, was {kind!r}")
        if every < 1 or count < 1:
            raise ValueError(f"every and count: expected at least 1, was {every} and {count}")
        self._faults.append(FrameFault(kind, every, count))

    def clear(self) -> None:
        self._faults.clear()

    def spoil(self, frame: bytes, held: list[bytes]) -> Sequence[bytes]:
        """Return what is sent instead of a frame; `held` is the connection's frame that was put behind a later one."""
        self._faults = [fault for fault in self._faults if fault.count > 0]
        for fault in self._faults:
            if not fault.is_due():
                continue
            self.applied[fault.kind] += 1
            if fault.kind == "out_of_order":
                held.append(frame)
                return ()
            return self._spoilers[fault.kind](frame)
        if held:
            late = list(held)
            held.clear()
            return (frame, *late)
        return (frame,)


class Losses:
    """Messages on the way to or from this venue, lost by chance; nothing is lost while `probability` is 0."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self.probability = 0.0
        self.count = 0

    def strike(self) -> bool:
        """Decide whether the next message is lost."""
        if self.probability == 0.0 or self._random.random() >= self.probability:
            return False
        self.count += 1
        return True


class Faults:
    """Everything that a test may break at this venue; nothing is broken at first."""

    def __init__(self, seed: int) -> None:
        self.frames = FrameFaults(seed)
        self.requests, self.replies = Losses(f"requests/{seed}"), Losses(f"replies/{seed}")
        """Of orders: the request before anything was done, the reply after it."""
        self.reply_delay_s = 0.0
        self.silent_until = 0.0

    def clear(self) -> None:
        self.frames.clear()
        self.requests.probability = self.replies.probability = 0.0
        self.reply_delay_s = 0.0
        self.silent_until = 0.0
