"""Venues to test against: matching, real wire protocols and faults. Shares no code with `sextant.venues`."""
