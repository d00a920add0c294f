"""What watches Sextant: rules, alerts, and dashboards, which are made here as JSON."""
