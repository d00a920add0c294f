"""The `sextant` command: looking at topics, groups and orders, and running a platform on this machine."""
