"""Errors, classified by what the caller should do."""

from __future__ import annotations


class SextantError(Exception):
    """Base of all our errors."""


class Retryable(SextantError):
    """Try the same call again later."""


class Refused(SextantError):
    """This one thing is refused; others may pass."""


class Fatal(SextantError):
    """The service cannot go on and must stop."""


class OutcomeUnknown(SextantError):
    """Nobody knows whether the call took effect: ask before doing it again."""


class InvalidValue(Refused, ValueError):
    """A field holds what it must not hold."""

    def __init__(self, field: str, value: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}, was {value!r}")
        self.field, self.value, self.expected = field, value, expected


class SettingsInvalid(Fatal):
    """The configuration cannot be used; the message names every key that is wrong."""


class SequenceGap(Retryable):
    """A stream skipped something."""

    def __init__(self, *, stream: str, expected: int, received: int) -> None:
        super().__init__(f"{stream}: expected sequence {expected}, received {received}")
        self.stream, self.expected, self.received = stream, expected, received


class PoisonRecord(Refused):
    """A record that no amount of retrying will make readable."""

    def __init__(self, *, topic: str, partition: int, offset: int, reason: str) -> None:
        super().__init__(f"{topic}/{partition}@{offset}: {reason}")
        self.topic, self.partition, self.offset, self.reason = topic, partition, offset, reason


class WriterFenced(Fatal):
    """Another instance has taken over the portfolio: this one must not write."""

    def __init__(self, *, portfolio: str, own_epoch: int, current_epoch: int) -> None:
        super().__init__(f"portfolio {portfolio}: own writer epoch {own_epoch}, current {current_epoch}")
        self.portfolio, self.own_epoch, self.current_epoch = portfolio, own_epoch, current_epoch
