"""A market maker: several price levels on both sides of the believed value, moved only as far as it has to be."""

import numpy as np

from simulator.exchange.interface import Market, Side, Trade
from simulator.market.amounts import Amounts
from simulator.market.assets import Asset
from simulator.market.desk import Desk
from simulator.market.regime import Regime
from simulator.market.venue import MarketView

LEVELS = (
    (1.0, 10.0),
    (2.2, 12.0),
    (4.0, 16.0),
    (7.0, 22.0),
    (12.0, 30.0),
    (20.0, 45.0),
)
"""Per level: distance in half spreads, size in usual trades."""
TOLERANCE_HALF_SPREADS = 0.35
LEAST_PAUSE_NS = 80_000_000
REFILL_PAUSE_NS = 300_000_000
INVENTORY_BOUND_TRADES = 60.0
SIZE_JITTER = 0.3

TOP_UP_BELOW = 0.6

Place = tuple[Side, int]


class MarketMaker:
    """Quotes one market. Outer levels sit on coarser prices, so that a small move of the value leaves them alone."""

    def __init__(
        self,
        market: Market,
        base: Asset,
        view: MarketView,
        desk: Desk,
        regime: Regime,
        draws: np.random.Generator,
    ) -> None:
        self._market, self._view, self._desk, self._regime, self._draws = (
            market,
            view,
            desk,
            regime,
            draws,
        )
        self._base = base
        self._amounts = Amounts(market)
        self._half_spread = base.half_spread_bp * 1e-4 * regime.spread_scale
        self._quotes: dict[Place, dict[int, int]] = {}
        """Remaining lots by order id, by place: a level that was hit is topped up behind what is left of it."""
        self._places: dict[int, Place] = {}
        self._anchor = 0.0
        self._hit = False
        self._quoted_ns = 0

    def step(self, now_ns: int) -> None:
        """Quote again when the value has moved beyond the tolerance, or some time after an order was hit."""
        pause = now_ns - self._quoted_ns
        if pause < LEAST_PAUSE_NS:
            return
        value = self._view.believed(now_ns)
        moved = abs(value - self._anchor) > TOLERANCE_HALF_SPREADS * self._half_spread * value
        if moved or (self._hit and pause >= REFILL_PAUSE_NS):
            self.quote(now_ns, value)

    def quote(self, now_ns: int, value: float) -> None:
        """Replace what rests in the book by the levels that belong around `value`."""
        self._anchor, self._quoted_ns, self._hit = value, now_ns, False
        wanted = self._ladder(value * (1.0 - self._skew(value)))
        for place in [place for place in self._quotes if place not in wanted]:
            for order_id in self._quotes.pop(place):
                del self._places[order_id]
                self._desk.cancel(self._market.symbol, order_id)
        for place, usual_trades in wanted.items():
            self._offer(place, usual_trades, value)

    def on_trade(self, trade: Trade) -> None:
        """Take note of a trade against one of the resting orders."""
        order_id = trade.buyer_order_id if trade.buyer_is_maker else trade.seller_order_id
        place = self._places.get(order_id)
        if place is None:
            return
        self._hit = True
        orders = self._quotes[place]
        orders[order_id] -= int(trade.quantity / self._market.lot)
        if orders[order_id] <= 0:
            del orders[order_id], self._places[order_id]

    def _skew(self, value: float) -> float:
        """Return by how much to lower the quotes because of what is held; bounded by the regime's skew."""
        if self._regime.skew_bp == 0.0:
            return 0.0
        held = float(self._desk.inventory(self._market.base)) * value
        bound = INVENTORY_BOUND_TRADES * self._base.trade_usd
        return self._regime.skew_bp * 1e-4 * max(-1.0, min(1.0, held / bound))

    def _ladder(self, centre: float) -> dict[Place, float]:
        """Return size by place; the best bid is below the best ask by construction."""
        amounts, ladder = self._amounts, {}
        bid = amounts.ticks_below(centre * (1.0 - self._half_spread))
        ask = max(amounts.ticks_above(centre * (1.0 + self._half_spread)), bid + 1)
        spread = max(self._half_spread * centre / amounts.tick, 1.0)
        for distance, usual_trades in LEVELS:
            away = int((distance - 1.0) * spread)
            grid = max(1, away // 2)
            ladder[(Side.BUY, (bid - away) // grid * grid)] = usual_trades
            ladder[(Side.SELL, -((-ask - away) // grid) * grid)] = usual_trades
        return {place: size for place, size in ladder.items() if place[1] > 0}

    def _offer(self, place: Place, usual_trades: float, value: float) -> None:
        orders = self._quotes.setdefault(place, {})
        usual_lots = self._amounts.lots(self._base.trade_usd * usual_trades, value)
        resting = sum(orders.values())
        if resting >= TOP_UP_BELOW * usual_lots:
            return
        side, ticks = place
        jitter = 1.0 + SIZE_JITTER * (2.0 * float(self._draws.random()) - 1.0)
        quantity = self._amounts.quantity(max(1, int(usual_lots * jitter) - resting))
        placed = self._desk.place(self._market.symbol, side, quantity, self._amounts.price(ticks))
        if placed is not None and placed.status in ("NEW", "PARTIALLY_FILLED"):
            orders[placed.order_id] = int((placed.quantity - placed.filled) / self._market.lot)
            self._places[placed.order_id] = place
