"""From tick to decision through the platform's hops, against a bare chain of as many processes."""
