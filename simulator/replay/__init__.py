"""Recorded raw frames served again on the paths of the venues that sent them."""
