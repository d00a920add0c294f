"""Pure rules of hosting strategies."""
