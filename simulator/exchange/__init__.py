"""Matching engine, accounts and market history of a simulated exchange; knows no wire format and no wall clock."""
