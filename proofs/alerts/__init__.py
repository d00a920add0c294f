"""Faults on a platform that a real Prometheus and Alertmanager look at: which alert they cause, and how soon it is told."""
