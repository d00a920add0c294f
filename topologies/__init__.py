"""Which stages run together: the only package that may import several services."""
