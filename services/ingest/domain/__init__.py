"""Decisions of ingest: pure values in, values out."""
