"""What every benchmark shares: options, interleaved runs, tables, the frames that are played."""
