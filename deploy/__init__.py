"""How Sextant is shipped and run: images, chart, what watches it."""
