"""Says every 500 ms whether new risk may be taken, globally and by portfolio."""
