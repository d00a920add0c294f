"""Execution: journals, places and follows orders; the only service that holds venue keys."""
