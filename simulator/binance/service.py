"""Answers a request from anybody: limits, authentication, the handler, and errors in the venue's words."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.binance.call import Call, Desk, Endpoint, Security
from simulator.binance.errors import from_refusal
from simulator.binance.faults import Faults
from simulator.binance.formats import Json
from simulator.binance.parameters import Parameters
from simulator.binance.signing import ApiKey, KeyRing, check_age, check_signature
from simulator.binance.streams import StreamHub
from simulator.binance.user_streams import UserStreams
from simulator.exchange.interface import ExchangeRefusal


@dataclass(frozen=True, slots=True)
class Credentials:
    """What came with a request: the key, and the signature over the payload as it arrived."""

    api_key: str | None
    payload: str
    signature: str | None


@dataclass(frozen=True, slots=True)
class Service:
    """One venue: what its REST, WebSocket API and stream fronts have in common."""

    operator: str
    desk: Desk
    keys: KeyRing
    hub: StreamHub
    users: UserStreams
    faults: Faults

    def now_ns(self) -> int:
        return self.desk.exchange.now_ns()

    def answer(self, endpoint: Endpoint, values: Mapping[str, str], account: str, address: str) -> Json:
        """Charge and answer a request that is already authenticated. Raises BinanceError."""
        parameters = Parameters(values)
        try:
            self.desk.limits.charge(address, endpoint.weight_of(parameters), self.now_ns())
            if endpoint.places_order:
                self.desk.limits.check_orders(account, self.now_ns())
            return endpoint.handler(Call(self.desk, parameters, account))
        except ExchangeRefusal as refusal:
            raise from_refusal(refusal) from refusal

    def authenticate(self, endpoint: Endpoint, values: Mapping[str, str], credentials: Credentials) -> str:
        """Return the account that asks; empty for a public endpoint. Raises BinanceError."""
        if endpoint.security is Security.NONE:
            return ""
        key = self.keys.find(credentials.api_key)
        if endpoint.security is Security.SIGNED:
            self.verify(key, values, credentials)
        return key.account

    def verify(self, key: ApiKey, values: Mapping[str, str], credentials: Credentials) -> None:
        """Raise BinanceError unless the request is young enough and its signature fits."""
        check_age(values, self.now_ns())
        check_signature(key, credentials.payload, credentials.signature)
