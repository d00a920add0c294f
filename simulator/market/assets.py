"""What the simulated assets are: price level, tick, lot and temper. Levels are round numbers near those of 2024."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from simulator.exchange.interface import Market

MIN_NOTIONAL = Decimal(5)
MAX_QUANTITY = Decimal(90000000)


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset. `price` is its level in USD; `temper` scales its moves; spread and sizes are those of its USDT market."""

    name: str
    price: Decimal
    tick: Decimal
    lot: Decimal
    temper: float
    half_spread_bp: float
    trade_usd: float
    stable: bool = False


def _asset(
    name: str,
    price: str,
    tick: str,
    lot: str,
    temper: float,
    half_spread_bp: float,
    trade_usd: float,
) -> Asset:
    return Asset(
        name,
        Decimal(price),
        Decimal(tick),
        Decimal(lot),
        temper,
        half_spread_bp,
        trade_usd,
    )


def _stablecoin(name: str, *, temper: float, trade_usd: float) -> Asset:
    return Asset(name, Decimal(1), Decimal("0.0001"), Decimal(1), temper, 0.5, trade_usd, stable=True)


ASSETS: dict[str, Asset] = {
    asset.name: asset
    for asset in (
        _asset("BTC", "60000", "0.01", "0.00001", 0.9, 0.8, 900.0),
        _asset("ETH", "3000", "0.01", "0.0001", 1.0, 0.8, 700.0),
        _asset("SOL", "150", "0.01", "0.001", 1.2, 1.0, 450.0),
        _asset("BNB", "580", "0.01", "0.001", 0.9, 1.0, 350.0),
        _asset("XRP", "2.2", "0.0001", "0.1", 1.1, 1.0, 350.0),
        _asset("ADA", "0.75", "0.0001", "0.1", 1.2, 1.4, 250.0),
        _asset("DOGE", "0.22", "0.00001", "1", 1.3, 1.2, 300.0),
        _asset("AVAX", "34", "0.001", "0.01", 1.2, 1.3, 250.0),
        _asset("LINK", "17", "0.001", "0.01", 1.1, 1.3, 250.0),
        _asset("LTC", "95", "0.01", "0.001", 1.0, 1.3, 220.0),
        _asset("DOT", "6.5", "0.001", "0.01", 1.1, 1.5, 200.0),
        _asset("BCH", "420", "0.01", "0.001", 1.1, 1.5, 200.0),
        _stablecoin("USD", temper=0.0, trade_usd=1500.0),
        _stablecoin("USDT", temper=0.02, trade_usd=1500.0),
        _stablecoin("USDC", temper=0.02, trade_usd=1500.0),
    )
}
DEFAULT_ASSETS: tuple[str, ...] = (
    "BTC",
    "ETH",
    "SOL",
    "BNB",
    "XRP",
    "ADA",
    "DOGE",
    "AVAX",
    "LINK",
    "LTC",
)


def asset(name: str) -> Asset:
    """Return the asset. Raises ValueError when the table does not have it."""
    try:
        return ASSETS[name]
    except KeyError:
        raise ValueError(f"asset: expected one of {', '.join(ASSETS)}, was {name}") from None


def spot_markets(assets: Sequence[str] = DEFAULT_ASSETS, quote: str = "USDT") -> list[Market]:
    """Return the markets of `assets` against `quote`, and those that give the rates of the other stablecoins.

    Raises ValueError for an asset or a quote that the table does not have.
    """
    rates = [each.name for each in ASSETS.values() if each.stable and each.name != "USD"]
    names = dict.fromkeys([*assets, *rates])
    return [_market(asset(name), asset(quote).name) for name in names if name != quote]


def _market(base: Asset, quote: str) -> Market:
    return Market(
        symbol=f"{base.name}{quote}",
        base=base.name,
        quote=quote,
        tick=base.tick,
        lot=base.lot,
        min_notional=MIN_NOTIONAL,
        max_quantity=MAX_QUANTITY,
    )
