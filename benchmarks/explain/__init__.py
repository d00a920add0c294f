"""How long it takes to explain an order in a large log."""
