"""What the console knows and how it is laid out, without a terminal, a clock or a log."""
