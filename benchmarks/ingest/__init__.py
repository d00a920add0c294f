"""Venue bytes to normalised bytes: our pure path against cryptofeed and against what decoding alone costs."""
