"""Chains of hops over a real broker, one process a hop: ours and the bare client's, driven and watched from one place."""
