"""The ledger: double-entry books of every portfolio, effect and offset in one transaction."""
