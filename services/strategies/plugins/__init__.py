"""Strategies that come with the platform. They import nothing but the SDK, as any author's would."""

from services.strategies.plugins.ema_cross import EmaCross

BUILT_IN = (EmaCross,)
