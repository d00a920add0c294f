"""The Binance spot protocol over a simulated exchange: REST, market streams, the WebSocket API and user streams."""
