"""Runs configured strategies on feature vectors and publishes their signals."""
