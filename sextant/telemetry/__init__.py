"""Metrics, traces and logs of every service."""
