"""What an entry is and what a portfolio holds: pure."""
