"""The states of a breaker and what moves them."""
