"""One folder per venue: symbols, messages, market data client, order client, signing, limits."""
