"""One folder per stage of the platform."""
