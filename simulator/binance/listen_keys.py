"""Listen keys, the older way to a user stream: one per account, valid for an hour after the last sign of life."""

import hashlib

from simulator.binance.errors import BinanceError
from simulator.binance.limits import MINUTE_NS

VALIDITY_NS = 60 * MINUTE_NS


class ListenKeys:
    """Issues, renews and ends listen keys. `salt` keeps the keys of two venues apart."""

    def __init__(self, salt: str) -> None:
        self._salt = salt
        self._issued = 0
        self._accounts: dict[str, tuple[str, int]] = {}

    def create(self, account: str, now_ns: int) -> str:
        """Return the account's key: the one it already has, renewed, or a new one."""
        self._expire(now_ns)
        for key, (owner, _) in self._accounts.items():
            if owner == account:
                return self.renew(key, account, now_ns)
        self._issued += 1
        key = hashlib.sha256(f"{self._salt}/{account}/{self._issued}".encode()).hexdigest()
        self._accounts[key] = (account, now_ns + VALIDITY_NS)
        return key

    def renew(self, key: str, account: str, now_ns: int) -> str:
        """Extend a key's life. Raises BinanceError -1125 when the account does not have it."""
        self._owned(key, account, now_ns)
        self._accounts[key] = (account, now_ns + VALIDITY_NS)
        return key

    def close(self, key: str, account: str, now_ns: int) -> None:
        """End a key. Raises BinanceError -1125 when the account does not have it."""
        self._owned(key, account, now_ns)
        del self._accounts[key]

    def account_of(self, key: str, now_ns: int) -> str | None:
        self._expire(now_ns)
        found = self._accounts.get(key)
        return found[0] if found is not None else None

    def _owned(self, key: str, account: str, now_ns: int) -> None:
        if self.account_of(key, now_ns) != account:
            raise BinanceError(-1125, "This listenKey does not exist.")

    def _expire(self, now_ns: int) -> None:
        expired = [key for key, (_, until_ns) in self._accounts.items() if until_ns <= now_ns]
        for key in expired:
            del self._accounts[key]
