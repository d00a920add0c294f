"""Where the books are kept: Postgres, or memory for fused runs."""
