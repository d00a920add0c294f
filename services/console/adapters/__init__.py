"""Where the console's knowledge comes from beside the topics."""
