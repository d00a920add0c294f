"""Faults on a run of the whole platform: when they strike, how they are dealt, what must be seen afterwards."""
