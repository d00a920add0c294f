"""How operators reach the platform: its operator API, execution's emergency door, and signed commands in the log."""
