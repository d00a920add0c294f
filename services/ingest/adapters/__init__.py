"""Sockets, REST and records of ingest."""
