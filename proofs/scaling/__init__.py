"""The proof of scaling: workers of strategies come and go while vectors flow, and nobody downstream can tell."""
