"""Turns validated market events into bars, feature vectors and risk parameters."""
