"""Sextant: a platform for trading crypto across many exchanges."""

__version__ = "0.1.0"
