"""Composes risk from the platform's settings and the operators' key."""

from __future__ import annotations

from dataclasses import replace

from services.risk.domain.money import BASIS_POINTS, Rates
from services.risk.domain.values import Account, Limits, Rules
from services.risk.handler import COMMANDS, ORDERS, RiskHandler
from services.risk.messages import FILLS
from services.risk.metrics import RiskMetrics
from services.risk.sides import BREAKERS, INSTRUMENTS, PARAMETERS, PORTFOLIOS
from sextant.core.time import MILLISECOND
from sextant.runtime.operator_keys import read_operator_keys
from sextant.runtime.service import Resources, Service
from sextant.runtime.settings import Platform
from sextant.runtime.settings.platform import Portfolio, VenueAccount
from sextant.runtime.stage import StageSpec
from sextant.runtime.worker import Worker


def risk_stage(platform: Platform, operator_key: bytes | None = None) -> StageSpec:
    """Return the stage. Without `operator_key` commands are refused and counted here; the breaker's word still counts.

    Portfolios and breakers must speak within the shortest `stale_after_ms` of any portfolio.
    """
    rules = {name: rules_of(platform, name) for name in sorted(platform.portfolios)}
    rates = Rates(platform.triangulation.currency, dict(platform.triangulation.fixed_rates))
    patience_ns = min((each.limits.stale_after_ns for each in rules.values()), default=2_000 * MILLISECOND)
    return StageSpec(
        name="risk",
        input="strategies.intents.v1",
        make=lambda partition: RiskHandler(
            partition, rules, rates, operator_key, platform.features.smallest_size
        ),
        sides=(PORTFOLIOS, BREAKERS, INSTRUMENTS, PARAMETERS, ORDERS, FILLS, COMMANDS),
        silence_ns={PORTFOLIOS: patience_ns, BREAKERS: patience_ns},
    )


def rules_of(platform: Platform, name: str) -> Rules:
    """Return what is configured for a portfolio."""
    portfolio = platform.portfolios[name]
    accounts = {
        settings.venue: _account(account, settings)
        for account, settings in platform.venue_accounts.items()
        if settings.portfolio == name
    }
    return Rules(portfolio.currency, _limits(portfolio), accounts, platform.triangulation.quorum)


def build(resources: Resources) -> Service:
    """Return the service that runs the stage over the bus. Raises SettingsInvalid when the operators' secret cannot be used."""
    file = resources.process.operator_token_file
    key = None if file is None else read_operator_keys(file).command_key
    stage = risk_stage(resources.platform, key)
    return Worker(resources, replace(stage, observe=RiskMetrics(resources.metrics).observe))


def _limits(portfolio: Portfolio) -> Limits:
    limits = portfolio.limits
    return Limits(
        unit_notional=limits.unit_notional,
        maximum_order_notional=limits.maximum_order_notional,
        maximum_position_notional=limits.maximum_position_notional,
        maximum_gross_notional=limits.maximum_gross_notional,
        maximum_orders_in_flight=limits.maximum_orders_in_flight,
        maximum_fix_distance_bp=limits.maximum_fix_distance_bp,
        take_slippage_bp=limits.take_slippage_bp,
        stale_after_ns=limits.stale_after_ms * MILLISECOND,
        approval_valid_ns=limits.approval_valid_ms * MILLISECOND,
        trial_orders=limits.trial_orders,
    )


def _account(name: str, settings: VenueAccount) -> Account:
    return Account(name, settings.taker_fee_bp / BASIS_POINTS, settings.maker_fee_bp / BASIS_POINTS)
