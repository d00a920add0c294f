"""Puts a Binance front before a simulated exchange."""

from simulator.binance.aggregation import AggregateTrades
from simulator.binance.call import Desk
from simulator.binance.faults import Faults
from simulator.binance.limits import LimitSettings, RateLimits
from simulator.binance.listen_keys import ListenKeys
from simulator.binance.server import VenueServer
from simulator.binance.service import Service
from simulator.binance.signing import KeyRing
from simulator.binance.socket import SocketSettings
from simulator.binance.streams import StreamHub
from simulator.binance.user_streams import UserStreams
from simulator.exchange.engine import SimulatedExchange


def build_server(
    exchange: SimulatedExchange,
    keys: KeyRing,
    *,
    operator: str,
    seed: int = 0,
    limits: LimitSettings | None = None,
    sockets: SocketSettings | None = None,
) -> VenueServer:
    """Return a server for an exchange on which every account of the keys is open."""
    rate_limits = RateLimits(limits or LimitSettings())
    desk = Desk(
        exchange=exchange,
        limits=rate_limits,
        aggregates=AggregateTrades(exchange),
        listen_keys=ListenKeys(salt=f"{operator}/{seed}"),
    )
    service = Service(
        operator=operator,
        desk=desk,
        keys=keys,
        hub=StreamHub(),
        users=UserStreams(exchange, keys.accounts(), rate_limits),
        faults=Faults(seed),
    )
    return VenueServer(service, sockets or SocketSettings())
