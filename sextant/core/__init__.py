"""Values that every service speaks in: decimals, instruments, ids, time, errors. Standard library only."""
