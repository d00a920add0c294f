"""Tests of Sextant."""
