"""Pure feature mathematics: bars by event time and incremental indicators."""
