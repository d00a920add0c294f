"""The stage's state as bytes: canonical JSON, money as text."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from services.breaker.domain.breakers import Breaker, Breakers, Equity
from sextant.core.decimals import to_text


def dump(breakers: Breakers) -> bytes:
    """Return the state; equal states give equal bytes."""
    rows = [_row(breakers.by_scope[scope]) for scope in sorted(breakers.by_scope)]
    head = [breakers.epoch, breakers.now_ns, breakers.refused_commands]
    return json.dumps([head, rows], separators=(",", ":")).encode()


def load(state: bytes, into: Breakers) -> None:
    """Put back what dump() wrote; a scope that the configuration no longer has is dropped, a new one stays as it is."""
    (into.epoch, into.now_ns, into.refused_commands), rows = json.loads(state)
    for row in rows:
        if row[0] in into.by_scope:
            into.by_scope[row[0]] = _breaker(row)


def _row(breaker: Breaker) -> list[Any]:
    return [
        breaker.scope,
        breaker.epoch,
        breaker.operator_cause,
        breaker.loss_cause,
        breaker.loss_day,
        breaker.trial_until_ns,
        _equity_row(breaker.accepted),
        _equity_row(breaker.latest),
        breaker.newest_command_ns,
    ]


def _breaker(row: list[Any]) -> Breaker:
    scope, epoch, operator_cause, loss_cause, loss_day, trial, accepted, latest, newest = row
    return Breaker(
        scope, epoch, operator_cause, loss_cause, loss_day, trial, _equity(accepted), _equity(latest), newest
    )


def _equity_row(seen: Equity | None) -> list[Any] | None:
    return None if seen is None else [seen.day, _text(seen.equity), _text(seen.day_start)]


def _equity(row: list[Any] | None) -> Equity | None:
    return None if row is None else Equity(row[0], _money(row[1]), _money(row[2]))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else to_text(value)


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
