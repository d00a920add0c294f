"""The console: what the platform is doing, in a terminal."""
