"""The platform's one YAML: venues, assets, limits, portfolios, strategies. The same file serves demo, paper and deployment."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")]
Asset = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,15}$")]
#: Terms of money are exact: a number is taken at its text, whether quoted or not.
Money = Annotated[Decimal, Field(ge=0)]
BasisPoints = Annotated[Decimal, Field(lt=10_000, decimal_places=6)]


class Closed(BaseModel):
    """A section: unknown keys are an error, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Mode(StrEnum):
    """What orders mean."""

    SIM = "sim"
    PAPER = "paper"
    LIVE = "live"


class Protocol(StrEnum):
    """Wire protocols that there are adapters for."""

    BINANCE_SPOT = "binance-spot"
    BINANCE_USDM = "binance-usdm"
    BINANCE_COINM = "binance-coinm"


class Venue(Closed):
    """A place to read markets from, and to trade at where an account names it."""

    protocol: Protocol
    operator: Name
    quote: Asset = "USDT"
    rest_url: str
    stream_url: str
    trade_url: str = ""
    streams_per_connection: int = Field(default=50, ge=1, le=1024)
    has_replay_stamps: bool = False
    #: A frame that the venue stamped further ahead of when it came is refused: event time follows these stamps, and never goes back.
    maximum_lead_ms: int = Field(default=60_000, gt=0, le=86_400_000)
    weight: float = Field(default=1.0, gt=0)


class Independence(StrEnum):
    """What counts as one voice in a fix."""

    OPERATOR = "operator"
    BOOK = "book"


class Triangulation(Closed):
    """How a fix is taken."""

    currency: Asset = "USD"
    quorum: int = Field(default=3, ge=1)
    independence: Independence = Independence.OPERATOR
    fresh_ms: int = Field(default=2_000, gt=0)
    outlier_bp: float = Field(default=50.0, gt=0)
    outlier_deviations: float = Field(default=6.0, gt=0)
    #: Rates said explicitly, such as USDT: "1". A fix converts a quote asset without one by its markets; what a portfolio trades in needs one,
    #: because its limits are reckoned by these rates alone.
    fixed_rates: dict[Asset, Annotated[Decimal, Field(gt=0)]] = Field(default_factory=dict)


class Features(Closed):
    """What features are computed on."""

    bar_ms: int = Field(default=1_000, ge=100)
    lateness_ms: int = Field(default=250, ge=0)
    ema: tuple[int, ...] = (5, 20)
    rsi: int = Field(default=14, ge=2)
    volatility_bars: int = Field(default=60, ge=2)
    warm_up_bars: int = Field(default=60, ge=0)
    #: Volatility (fraction a year) up to which orders have their full size; above it the size falls in proportion, at least to `smallest_size`.
    reference_volatility: float = Field(default=1.0, gt=0)
    smallest_size: float = Field(default=0.1, gt=0, le=1)


class Strategy(Closed):
    """One strategy instance."""

    plugin: str
    weight: float = Field(default=1.0, gt=0)
    instruments: tuple[str, ...] = ("*",)
    parameters: dict[str, Any] = Field(default_factory=dict)


class Ensemble(Closed):
    """How votes become an intent."""

    minimum_confidence: float = Field(default=0.5, ge=0, le=1)
    conflict_veto: float = Field(default=0.4, ge=0, le=1)
    #: New risk is taken on a signal only whose expected edge is at least so many times its expected cost; 0 takes all.
    minimum_edge_to_cost: float = Field(default=1.0, ge=0)
    intent_valid_ms: int = Field(default=2_000, gt=0)


class Breaker(Closed):
    """How a breaker closes again."""

    #: How long HALF_OPEN lasts after a RESUME.
    trial_ms: int = Field(default=10_000, gt=0)


class Limits(Closed):
    """Limits of one portfolio in its currency."""

    unit_notional: Money = Decimal(1_000)
    maximum_order_notional: Money = Decimal(5_000)
    maximum_position_notional: Money = Decimal(5_000)
    maximum_gross_notional: Money = Decimal(50_000)
    maximum_orders_in_flight: int = Field(default=50, ge=1)
    maximum_fix_distance_bp: BasisPoints = Field(default=Decimal(50), gt=0)
    take_slippage_bp: BasisPoints = Field(default=Decimal(10), ge=0)
    stale_after_ms: int = Field(default=2_000, gt=0)
    approval_valid_ms: int = Field(default=2_000, gt=0)
    #: How many orders with new risk pass while a breaker is HALF_OPEN.
    trial_orders: int = Field(default=3, ge=0)
    maximum_daily_loss: Money = Decimal(2_000)


class Portfolio(Closed):
    """The unit of risk, capital and ledger."""

    currency: Asset = "USDT"
    home_region: Name = "local"
    strategies: tuple[Name, ...] = ()
    limits: Limits = Limits()


class VenueAccount(Closed):
    """Keys at one venue; belongs to exactly one portfolio. The key file holds JSON {"api_key": ..., "secret": ...}."""

    venue: Name
    portfolio: Name
    key_file: str = ""
    #: What the account held when the ledger was opened, by asset.
    opening: dict[Asset, Decimal] = Field(default_factory=dict)
    taker_fee_bp: BasisPoints = Field(default=Decimal(10), ge=0)
    #: Below zero is a rebate.
    maker_fee_bp: BasisPoints = Field(default=Decimal(10), gt=-10_000)


class Platform(Closed):
    """The whole file."""

    mode: Mode = Mode.SIM
    assets: tuple[Asset, ...] = Field(min_length=1)
    venues: dict[Name, Venue] = Field(min_length=1)
    triangulation: Triangulation = Triangulation()
    features: Features = Features()
    strategies: dict[Name, Strategy] = Field(default_factory=dict)
    ensemble: Ensemble = Ensemble()
    breaker: Breaker = Breaker()
    portfolios: dict[Name, Portfolio] = Field(default_factory=dict)
    venue_accounts: dict[Name, VenueAccount] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        for name, account in self.venue_accounts.items():
            _known(f"venue_accounts.{name}.venue", account.venue, self.venues)
            _known(f"venue_accounts.{name}.portfolio", account.portfolio, self.portfolios)
        for name, portfolio in self.portfolios.items():
            for strategy in portfolio.strategies:
                _known(f"portfolios.{name}.strategies", strategy, self.strategies)
        return self

    @model_validator(mode="after")
    def _one_account_at_a_venue(self) -> Self:
        """A portfolio's orders and positions name the venue: a second account there would never be traded, and its fills be mixed with the first's."""
        taken: dict[tuple[str, str], str] = {}
        for name, account in self.venue_accounts.items():
            other = taken.setdefault((account.portfolio, account.venue), name)
            if other != name:
                raise ValueError(
                    f"venue_accounts.{name}: expected one account of portfolio {account.portfolio} at {account.venue}, was another beside {other}"
                )
        return self

    @model_validator(mode="after")
    def _money_has_rates(self) -> Self:
        """Limits are in one currency: without a rate risk could value nothing and would refuse every intent."""
        rated = {self.triangulation.currency, *self.triangulation.fixed_rates}
        spent = {}
        for name, account in self.venue_accounts.items():
            spent[f"portfolios.{account.portfolio}.currency"] = self.portfolios[account.portfolio].currency
            spent[f"venue_accounts.{name} (quote of {account.venue})"] = self.venues[account.venue].quote
        for field, asset in spent.items():
            if asset not in rated:
                raise ValueError(
                    f"{field}: expected a rate of {asset} to {self.triangulation.currency} in triangulation.fixed_rates, was nothing"
                )
        return self


def _known(field: str, value: str, known: dict[str, Any]) -> None:
    if value not in known:
        raise ValueError(
            f"{field}: expected one of {', '.join(sorted(known)) or 'nothing (the section is empty)'}, was {value!r}"
        )
