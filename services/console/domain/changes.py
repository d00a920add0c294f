"""What is told of a picture that changes: the thing in its new state."""

from __future__ import annotations

from services.console.domain.facts import Anomaly, Breaker, Decided, Filled
from services.console.domain.orders import Order

#: A decision is a change where it refused.
Change = Order | Filled | Breaker | Anomaly | Decided
