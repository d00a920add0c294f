"""A venue on paper: orders match against the market as it was heard, live or recorded; nothing leaves the machine."""
