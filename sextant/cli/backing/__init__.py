"""Copies of the databases, and how they stand to the log."""
