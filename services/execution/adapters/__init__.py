"""Execution's ways to the outside: journal, venues, messages, side inputs, the emergency door."""
