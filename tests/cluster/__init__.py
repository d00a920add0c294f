"""The platform on a real Kubernetes node."""
