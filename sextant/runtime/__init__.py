"""How a service runs: the worker loop, settings, lifecycle, health, lineage."""
