"""Ingest: what venues say, normalised exactly and written to the log."""
