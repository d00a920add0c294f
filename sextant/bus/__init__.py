"""The log behind one port: the Kafka adapter and the in-memory adapter pass one conformance suite."""
