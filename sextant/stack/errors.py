"""What can go wrong with the local servers, each with the values a caller needs to act."""

from __future__ import annotations

from pathlib import Path


class StackError(Exception):
    """A local server could not be set up, started or found."""


class UnsupportedPlatform(StackError):
    """No wheels of the servers exist for this Python, system or processor."""


class JarsUnavailable(StackError):
    """Kafka's jars are neither in the cache nor could they be resolved."""


class DiskTooSmall(StackError):
    """The file system of the stack's folder has less free space than the stack may use."""

    def __init__(self, *, folder: Path, free_mb: int, needed_mb: int) -> None:
        super().__init__(
            f"{folder}: expected at least {needed_mb} MB free (the disk cap less what is already there), "
            f"found {free_mb} MB; choose another folder or a lower disk cap"
        )
        self.folder, self.free_mb, self.needed_mb = folder, free_mb, needed_mb


class ServerDied(StackError):
    """A server ended while it was starting."""

    def __init__(self, *, name: str, log: Path, tail: str) -> None:
        super().__init__(f"{name} ended while starting; the last lines of {log}:\n{tail or '(nothing)'}")
        self.name, self.log, self.tail = name, log, tail

    @property
    def port_was_taken(self) -> bool:
        """Whether the server ended because another process holds one of its ports."""
        text = self.tail.lower()
        return "address already in use" in text or "could not bind" in text or "socket bind failed" in text


class NotReady(StackError):
    """A server runs but did not answer in time."""

    def __init__(self, *, name: str, seconds: float, log: Path, tail: str) -> None:
        super().__init__(
            f"{name} did not answer within {seconds:g} s; the last lines of {log}:\n{tail or '(nothing)'}"
        )
        self.name, self.seconds, self.log, self.tail = name, seconds, log, tail
