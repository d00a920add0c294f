"""Checks, sizing and reservations: values in, values out."""
