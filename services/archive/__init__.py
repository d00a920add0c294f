"""The archive: every topic as Parquet, with a manifest of the offsets that each file holds."""
