"""Side by side with peers and floors: `python -m benchmarks.ingest | codec | hop | e2e`. Nothing here gates on a timing."""
