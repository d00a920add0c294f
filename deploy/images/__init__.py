"""Images made without a container engine, for tests and for machines that have none; deploy/docker holds what they consist of."""
