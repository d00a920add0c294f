"""Takes a fix from independent venues and says of every venue whether it may be believed."""
