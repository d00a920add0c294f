"""One Kafka hop: our bus, and our worker, against the bare client."""
