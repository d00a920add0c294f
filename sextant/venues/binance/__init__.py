"""Binance and whoever speaks its protocols."""
